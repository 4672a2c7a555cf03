import type { RenderStatus } from "../api/types";
import { CancelButton } from "../ui/CancelButton";
import { AnchorLink } from "../ui/links";
import { RenderProgress } from "../ui/RenderProgress";
import { StateBadge } from "../ui/StateBadge";
import { ago, renderName, sizeAndSamples } from "../ui/words";
import { PriorityMenu } from "./PriorityMenu";
import classes from "./Queue.module.css";

export function QueueRow({ status }: { status: RenderStatus }) {
  return (
    <li className={classes.row}>
      <div style={{ minWidth: 0 }}>
        <AnchorLink
          to="/gallery/$id"
          params={{ id: status.id }}
          c="inherit"
          className={classes.name}
        >
          {renderName(status)}
        </AnchorLink>
        <span className="quiet tabular">
          {sizeAndSamples(status)} · {ago(status.created_at)}
        </span>
      </div>
      <StateBadge state={status.state} />
      <div className={classes.wide}>
        <RenderProgress status={status} />
      </div>
      <div className={`${classes.actions} ${classes.wide}`}>
        <PriorityMenu status={status} />
        <CancelButton status={status} />
      </div>
    </li>
  );
}
