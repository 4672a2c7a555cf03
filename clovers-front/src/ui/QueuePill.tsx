import { RingProgress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queueQuery } from "../api/queue";
import classes from "./Shell.module.css";
import { percentDone } from "./words";

/** How much is running and waiting; nothing when the queue is empty. */
export function QueuePill() {
  const { data: queue } = useQuery(queueQuery);
  const live = queue?.items ?? [];
  if (live.length === 0) return null;
  const running = live.filter(({ state }) => state !== "queued");
  const mean = live.reduce((sum, status) => sum + percentDone(status), 0) / live.length;
  const more = queue?.next_cursor ? "+" : "";
  const label = `${running.length} running, ${live.length - running.length}${more} queued`;
  return (
    <Link to="/farm" className={classes.link} aria-label={`Queue: ${label}`}>
      <RingProgress
        size={22}
        thickness={3}
        sections={[{ value: mean, color: "clover.5" }]}
        aria-hidden
      />
      <span className={`${classes.badgeText} tabular`} style={{ marginLeft: 6 }}>
        {label}
      </span>
    </Link>
  );
}
