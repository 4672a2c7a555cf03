import type { Problem } from "./problems";

export const renderModes = ["path_tracing", "normals", "bvh_boxes", "bvh_primitives"] as const;
export type RenderMode = (typeof renderModes)[number];

export const modeLabels: Record<RenderMode, string> = {
  path_tracing: "Path tracing",
  normals: "Surface normals",
  bvh_boxes: "Boxes tested",
  bvh_primitives: "Shapes tested",
};

export const modeHints: Record<RenderMode, string> = {
  path_tracing: "The picture",
  normals: "Which way surfaces face, as colours",
  bvh_boxes: "Heat map of a camera ray's work; white is 256 boxes",
  bvh_primitives: "Heat map of a camera ray's work; white is 64 shapes",
};

export const renderSamplers = ["independent", "blue"] as const;
export type RenderSampler = (typeof renderSamplers)[number];

export const samplerLabels: Record<RenderSampler, string> = {
  independent: "Independent",
  blue: "Blue noise",
};

export const samplerHints: Record<RenderSampler, string> = {
  independent: "Each pixel for itself",
  blue: "A finer grain; 1, 2, 4 … 256 samples",
};

/** The blue sampler takes a power of two samples up to this. */
const mostBlueSamples = 256;

/** The noise at which adaptive sampling stops, relative to the brightness. */
export const thresholds = { least: 0.001, largest: 0.5, default: 0.03 } as const;

export const priorities = ["low", "normal", "high"] as const;
export type Priority = (typeof priorities)[number];

export const priorityLabels: Record<Priority, string> = {
  low: "Low",
  normal: "Normal",
  high: "High",
};

/** What is not set is left to the server's defaults. The names are those of the request. */
export interface RenderOptions {
  width?: number;
  height?: number;
  samples?: number;
  max_depth?: number;
  mode?: RenderMode;
  sampler?: RenderSampler;
  /** Whether to stop where the noise is low, or the noise to stop at. */
  adaptive?: boolean | number;
  /** Whether noise is taken out; by default of previews only. */
  denoise?: boolean;
  /** Text, since a seed may be larger than a JavaScript number holds exactly. */
  seed?: string;
  exr?: boolean;
}

export const defaultOptions = {
  width: 1024,
  height: 1024,
  samples: 64,
  max_depth: 64,
  mode: "path_tracing",
  sampler: "independent",
  adaptive: false,
  denoise: false,
  seed: "0",
  exr: false,
} as const satisfies Required<RenderOptions>;

/** The server's limits, as far as it publishes them. */
export interface OptionLimits {
  max_width?: number;
  max_height?: number;
  max_pixels?: number;
  max_samples?: number;
  max_depth?: number;
}

const limitNames = {
  width: "max_width",
  height: "max_height",
  samples: "max_samples",
  max_depth: "max_depth",
} as const;

export type NumberOption = keyof typeof limitNames;

export function limitOf(field: NumberOption, limits: OptionLimits): number | undefined {
  return limits[limitNames[field]];
}

/** What the server would refuse, said before it is asked. */
export function checkOptions(options: RenderOptions, limits: OptionLimits): Problem[] {
  const problems: Problem[] = [];
  const refuse = (field: string, detail: string) =>
    problems.push({ severity: "error", place: "options", pointer: `/${field}`, detail });

  for (const field of ["width", "height", "samples", "max_depth"] as const) {
    const value = options[field] ?? defaultOptions[field];
    const limit = limitOf(field, limits);
    if (!Number.isInteger(value) || value < 1) refuse(field, "A whole number from 1 on.");
    else if (limit !== undefined && value > limit) refuse(field, `At most ${count(limit)}.`);
    else if (field === "samples" && options.sampler === "blue" && !isBlueCount(value)) {
      refuse(field, `${blueAdvice(value)} with blue noise.`);
    }
  }
  const pixels = pixelCount(options);
  if (limits.max_pixels !== undefined && pixels > limits.max_pixels) {
    refuse("width", `${count(pixels)} pixels; at most ${count(limits.max_pixels)}.`);
  }
  const { least, largest } = thresholds;
  const { adaptive } = options;
  if (typeof adaptive === "number" && !(adaptive >= least && adaptive <= largest)) {
    refuse("adaptive", `From ${least} to ${largest}.`);
  }
  if (options.seed !== undefined && !isSeed(options.seed)) {
    refuse("seed", "A whole number from 0 to 18446744073709551615.");
  }
  return problems;
}

/** The noise to stop at, if it is to stop early at all. */
export function thresholdOf({ adaptive }: RenderOptions): number | undefined {
  if (typeof adaptive === "number") return adaptive;
  return adaptive ? thresholds.default : undefined;
}

export function pixelCount(options: RenderOptions): number {
  return (options.width ?? defaultOptions.width) * (options.height ?? defaultOptions.height);
}

function isBlueCount(samples: number): boolean {
  return samples <= mostBlueSamples && Number.isInteger(Math.log2(samples));
}

function blueAdvice(samples: number): string {
  if (samples > mostBlueSamples) return `At most ${mostBlueSamples}`;
  const below = 2 ** Math.floor(Math.log2(samples));
  return `${below} or ${2 * below}`;
}

function isSeed(seed: string): boolean {
  return /^\d{1,20}$/.test(seed) && BigInt(seed) < 1n << 64n;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** Reads the `opts` of a request; what has another type or name is left out. */
export function readOptions(value: unknown): RenderOptions {
  if (typeof value !== "object" || value === null) return {};
  const given = value as Record<string, unknown>;
  const options: RenderOptions = {};
  for (const field of ["width", "height", "samples", "max_depth"] as const) {
    const number = given[field];
    if (typeof number === "number") options[field] = number;
  }
  const mode = renderModes.find((known) => known === given.mode);
  if (mode) options.mode = mode;
  else if (given.normalmap === true) options.mode = "normals";
  const sampler = renderSamplers.find((known) => known === given.sampler);
  if (sampler) options.sampler = sampler;
  if (typeof given.adaptive === "boolean" || typeof given.adaptive === "number") {
    options.adaptive = given.adaptive;
  }
  if (typeof given.denoise === "boolean") options.denoise = given.denoise;
  if (typeof given.seed === "number" || typeof given.seed === "string") {
    options.seed = String(given.seed);
  }
  if (typeof given.exr === "boolean") options.exr = given.exr;
  return options;
}
