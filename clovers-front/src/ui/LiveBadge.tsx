import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ApiState, useApiState } from "../api/health";
import { queueQuery } from "../api/queue";
import type { Worker } from "../api/types";
import classes from "./Shell.module.css";

const words: Record<ApiState, string> = {
  up: "The API answers.",
  degraded: "The API answers, but one of its servers is away.",
  down: "The API does not answer.",
};

/** Whether the farm is there: the API, and how many workers of each kind. */
export function LiveBadge() {
  const state = useApiState();
  const { data: queue } = useQuery(queueQuery);
  const workers = state === "down" ? [] : (queue?.workers ?? []);
  const label = state === "down" ? "Offline" : workerWords(workers);
  return (
    <Tooltip label={state ? words[state] : "Asking the API …"}>
      <div
        className={classes.badge}
        role="status"
        aria-label={`Farm: ${state ?? "asking"}. ${label}`}
      >
        <span className={classes.dot} data-state={state} />
        <span className={classes.badgeText}>{label}</span>
      </div>
    </Tooltip>
  );
}

function workerWords(workers: readonly Worker[]): string {
  const ofKind = (kind: string) => workers.filter((worker) => worker.kind === kind).length;
  return `${ofKind("batch")} batch · ${ofKind("preview")} preview`;
}
