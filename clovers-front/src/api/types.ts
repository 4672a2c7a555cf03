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
  created_at: string;
  started_at?: string | null;
  finished_at?: string | null;
  render_ms?: number | null;
  eta_ms?: number | null;
  warnings?: PointedDetail[] | null;
  links?: Record<string, string>;
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
