import { Button, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { explain } from "../api/problem";
import { useCancelRender } from "../api/renders";
import type { RenderStatus } from "../api/types";
import { renderName } from "./words";

/** Cancels a live render; what is already drawn of it is kept. */
export function CancelButton({ status, ...rest }: { status: RenderStatus } & ButtonProps) {
  const cancel = useCancelRender();
  return (
    <Button
      size="xs"
      variant="default"
      loading={cancel.isPending}
      aria-label={`Cancel ${renderName(status)}`}
      onClick={() =>
        cancel.mutate(status.id, {
          onError: (error) => notifications.show({ color: "red", message: explain(error) }),
        })
      }
      {...rest}
    >
      Cancel
    </Button>
  );
}
