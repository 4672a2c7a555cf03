import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import { explain } from "../api/problem";
import { useChangePriority } from "../api/renders";
import type { RenderStatus } from "../api/types";
import { priorities, priorityLabels } from "../scene/options";
import { renderName } from "../ui/words";

/** How urgent a live render is, to be changed. */
export function PriorityMenu({ status }: { status: RenderStatus }) {
  const change = useChangePriority();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          loading={change.isPending}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          aria-label={`Priority of ${renderName(status)}: ${priorityLabels[status.priority]}`}
        >
          {priorityLabels[status.priority]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Priority</Menu.Label>
        {priorities.map((priority) => (
          <Menu.Item
            key={priority}
            disabled={priority === status.priority}
            onClick={() =>
              change.mutate(
                { id: status.id, priority },
                {
                  onError: (error) => notifications.show({ color: "red", message: explain(error) }),
                },
              )
            }
          >
            {priorityLabels[priority]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
