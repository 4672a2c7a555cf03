import type { RenderStatus } from "../api/types";

/** `72341` → `1:12`; from an hour on `1:02:03`; below ten seconds `8.4 s`, below one `140 ms`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** How long ago, roughly: `just now`, `5 min ago`, `3 h ago`, then the date. */
export function ago(time: string, now = Date.now()): string {
  const minutes = Math.round((now - Date.parse(time)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { dateStyle: "medium" });
}

export function dateTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1024 × 768 · 64 spp`. */
export function sizeAndSamples({ width, height, samples }: RenderStatus): string {
  return `${width} × ${height} · ${samples} spp`;
}

export function renderName({ name, id }: Pick<RenderStatus, "name" | "id">): string {
  return name || `Render ${id.slice(-8)}`;
}

/** How much of the picture is done, 0 to 100; tiles differ in size, so pixels are counted. */
export function percentDone({ progress, state }: RenderStatus): number {
  if (state === "done") return 100;
  if (progress.pixels_total === 0) return 0;
  return (100 * progress.pixels_done) / progress.pixels_total;
}
