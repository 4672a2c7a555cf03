/** The shapes of the HTTP contract that the pages use. */

export type RenderState = "queued" | "rendering" | "assembling" | "done" | "failed" | "cancelled";

export interface PointedDetail {
  pointer: string;
  detail: string;
}

export interface RenderStatus {
  id: string;
  name?: string | null;
  state: RenderState;
  reason?: string | null;
  priority: "low" | "normal" | "high";
  position?: number | null;
  progress: {
    tiles_done: number;
    tiles_total: number;
    pixels_done: number;
    pixels_total: number;
  };
  width: number;
  height: number;
  samples: number;
  max_depth: number;
  created_at: string;
  started_at?: string | null;
  finished_at?: string | null;
  render_ms?: number | null;
  eta_ms?: number | null;
  warnings?: PointedDetail[] | null;
  links: {
    exr?: string | null;
    cancel?: string | null;
    retry?: string | null;
  };
}

export interface Worker {
  id: string;
  kind: string;
  host?: string;
  state?: string;
  engine?: string;
  since?: string;
}

export interface Queue {
  items: RenderStatus[];
  next_cursor?: string | null;
  workers: Worker[];
}

export interface RenderPage {
  items: RenderStatus[];
  next_cursor: string | null;
}

export interface PreviewSession {
  id: string;
  revision: number;
  width: number;
  height: number;
  samples: number;
  max_depth: number;
  warnings?: PointedDetail[] | null;
}

export interface Example {
  name: string;
  title: string;
  description: string;
}

/** One line of what happened to a render. */
export interface RenderEvent {
  at: string;
  kind: string;
  tile?: number | null;
  worker?: string | null;
  attempt?: number | null;
  detail?: string | null;
}

export interface Limits {
  max_width: number;
  max_height: number;
  max_pixels: number;
  max_samples: number;
  max_depth: number;
  max_body_bytes: number;
  preview: {
    max_width: number;
    max_height: number;
    max_samples: number;
    max_depth: number;
  };
}

export interface Version {
  version: string;
  git_revision?: string | null;
  engine: string;
}
