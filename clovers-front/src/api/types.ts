import type { components } from "./schema";

type Schemas = components["schemas"];

/** The shapes of the contract, under the names that the pages use. */
export type RenderStatus = Schemas["StatusBody"];
export type RenderState = Schemas["RenderState"];
export type RenderEvent = Schemas["Event"];
export type RenderMode = Schemas["RenderMode"];
export type RenderSampler = Schemas["RenderSampler"];
export type Priority = Schemas["Priority"];
export type PointedDetail = Schemas["Pointed"];
export type PreviewSession = Schemas["PreviewSession"];
export type Queue = Schemas["QueueBody"];
export type Worker = Schemas["Worker"];
