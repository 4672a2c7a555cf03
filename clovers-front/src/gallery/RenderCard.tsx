import { Link } from "@tanstack/react-router";
import { thumbnailUrl } from "../api/renders";
import type { RenderStatus } from "../api/types";
import { StateBadge } from "../ui/StateBadge";
import { ago, duration, renderName, sizeAndSamples } from "../ui/words";
import classes from "./Gallery.module.css";

/** One finished render: its picture, or why there is none. */
export function RenderCard({ status }: { status: RenderStatus }) {
  const { id, state, reason, finished_at, created_at, render_ms } = status;
  return (
    <Link to="/gallery/$id" params={{ id }} className={classes.card}>
      <div className={classes.frame}>
        {state === "done" ? (
          <img src={thumbnailUrl(id)} alt="" loading="lazy" decoding="async" />
        ) : (
          <div>
            <div style={{ display: "flex", justifyContent: "center" }}>
              <StateBadge state={state} />
            </div>
            {reason && <div className={classes.reason}>{reason}</div>}
          </div>
        )}
      </div>
      <div className={classes.words}>
        <h2 className={classes.name}>{renderName(status)}</h2>
        <div className="quiet tabular">{sizeAndSamples(status)}</div>
        <div className="quiet tabular">
          {render_ms != null && `${duration(render_ms)} · `}
          <time dateTime={finished_at ?? created_at}>{ago(finished_at ?? created_at)}</time>
        </div>
      </div>
    </Link>
  );
}
