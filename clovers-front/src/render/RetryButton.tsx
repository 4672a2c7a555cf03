import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import IconRefresh from "@tabler/icons-react/dist/esm/icons/IconRefresh.mjs";
import { useNavigate } from "@tanstack/react-router";
import { explain } from "../api/problem";
import { useRetryRender } from "../api/renders";

/** Renders it anew and goes to the new one. */
export function RetryButton({ id }: { id: string }) {
  const navigate = useNavigate();
  const retry = useRetryRender();
  return (
    <Button
      size="xs"
      leftSection={<IconRefresh size={15} aria-hidden />}
      loading={retry.isPending}
      onClick={() =>
        retry.mutate(id, {
          onSuccess: (status) => void navigate({ to: "/gallery/$id", params: { id: status.id } }),
          onError: (error) => notifications.show({ color: "red", message: explain(error) }),
        })
      }
    >
      Try again
    </Button>
  );
}
