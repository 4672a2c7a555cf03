import { Progress } from "@mantine/core";
import type { RenderStatus } from "../api/types";
import { count, duration, percentDone } from "./words";

/** How far a live render is, as a bar and in words. */
export function RenderProgress({ status }: { status: RenderStatus }) {
  const percent = percentDone(status);
  return (
    <div>
      <Progress.Root size="md" radius="xs">
        <Progress.Section
          value={percent}
          color="clover.6"
          animated={status.state === "assembling"}
          aria-label={`Progress of ${status.name || "the render"}`}
        />
      </Progress.Root>
      <ProgressWords status={status} />
    </div>
  );
}

function ProgressWords({ status }: { status: RenderStatus }) {
  const { progress, state, position, eta_ms } = status;
  const words = [
    state === "assembling" ? "putting the picture together" : undefined,
    state === "queued" && position != null ? placeInQueue(position) : undefined,
    state === "rendering" ? `${Math.floor(percentDone(status))} %` : undefined,
    `${count(progress.tiles_done)} of ${count(progress.tiles_total)} tiles`,
    eta_ms != null && state !== "assembling" ? `about ${duration(eta_ms)} left` : undefined,
  ];
  return (
    <p className="tabular quiet" style={{ margin: "4px 0 0" }}>
      {words.filter(Boolean).join(" · ")}
    </p>
  );
}

function placeInQueue(ahead: number): string {
  return ahead === 0 ? "next in the queue" : `${ahead} ahead of it`;
}
