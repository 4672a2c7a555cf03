import { findNodeAtLocation, getNodeValue, type Node } from "jsonc-parser";
import { dedent, makeReadable } from "./format";
import { type Priority, priorities, type RenderOptions, readOptions } from "./options";
import type { TextTree } from "./pointer";
import { parseText } from "./syntax";

/** What the studio edits: a scene as text, and how to render it. */
export interface SceneDocument {
  text: string;
  name: string;
  options: RenderOptions;
  priority: Priority;
}

/**
 * Opens a text that is either a bare scene or a whole request `{"scene_file": …, "opts": …}`.
 * The scene keeps its author's spelling. A text that is not JSON opens as it is, to be mended.
 */
export function openText(text: string, fallbackName = ""): SceneDocument {
  const bare: SceneDocument = {
    text: makeReadable(text),
    name: fallbackName,
    options: {},
    priority: "normal",
  };
  const { root, problems } = parseText(text);
  if (!root || problems.length > 0) return bare;

  const scene = findNodeAtLocation(root, ["scene_file"]);
  if (!scene) return bare;
  const value = (key: string): unknown => {
    const node = findNodeAtLocation(root, [key]);
    return node && getNodeValue(node);
  };
  const name = value("name");
  return {
    text: makeReadable(`${dedent(text.slice(scene.offset, scene.offset + scene.length))}\n`),
    name: typeof name === "string" ? name : fallbackName,
    options: { ...readOptions(value("opts")), ...exactSeed(root, text) },
    priority: priorities.find((known) => known === value("priority")) ?? "normal",
  };
}

/** A seed written as a number, with all its digits. */
function exactSeed(root: Node, text: string): RenderOptions {
  const seed = findNodeAtLocation(root, ["opts", "seed"]);
  if (seed?.type !== "number") return {};
  return { seed: text.slice(seed.offset, seed.offset + seed.length) };
}

/** Whether a text is a whole request rather than a scene. */
export function isRequest({ root }: TextTree): boolean {
  return root !== undefined && findNodeAtLocation(root, ["scene_file"]) !== undefined;
}

/** The body for `POST /render` and `/preview`; the scene goes in letter for letter. */
export function requestBody(document: SceneDocument): string {
  const members = [`"scene_file":${document.text.trim()}`];
  if (Object.keys(document.options).length > 0) {
    members.push(`"opts":${JSON.stringify(document.options)}`);
  }
  if (document.name.trim() !== "") members.push(`"name":${JSON.stringify(document.name.trim())}`);
  if (document.priority !== "normal") {
    members.push(`"priority":${JSON.stringify(document.priority)}`);
  }
  return `{${members.join(",")}}`;
}

/** A file name made from a render's name: letters, digits, dashes. */
export function fileName(name: string, extension: string): string {
  const stem = name
    .normalize("NFKD")
    .replace(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  return `${stem || "scene"}.${extension}`;
}
