import type { RenderStatus } from "../api/types";

/** A render status for tests, with what the test is about changed. */
export function renderStatus(changes: Partial<RenderStatus> = {}): RenderStatus {
  return {
    id: "0197a1b2-0000-7000-8000-00000000abcd",
    name: "cornell",
    state: "rendering",
    progress: { tiles_done: 4, tiles_total: 16, pixels_done: 250, pixels_total: 1_000 },
    width: 640,
    height: 360,
    samples: 64,
    max_depth: 64,
    priority: "normal",
    links: {
      self: "",
      status: "",
      picture: "",
      thumbnail: "",
      partial: "",
      request: "",
      events: "",
    },
    created_at: "2026-01-10T12:00:00.000Z",
    ...changes,
  };
}
