import type { NotificationData } from "@mantine/notifications";
import { ApiProblem, explain } from "../api/problem";
import type { RenderStatus } from "../api/types";
import { AnchorLink } from "../ui/links";
import { renderName } from "../ui/words";

/** Says that a render was taken on, with the way to it. */
export function noticeOf(status: RenderStatus): NotificationData {
  return {
    color: "clover",
    title: "On its way",
    autoClose: 4_000,
    message: (
      <AnchorLink to="/gallery/$id" params={{ id: status.id }} size="sm">
        Watch {renderName(status)}
      </AnchorLink>
    ),
  };
}

/** Says that a render was not taken on. */
export function refusalOf(error: Error): NotificationData {
  return {
    color: "red",
    title: error instanceof ApiProblem ? error.title : "Not submitted",
    message: explain(error),
  };
}
