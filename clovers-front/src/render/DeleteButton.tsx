import { Button, Group, Popover, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import { useNavigate } from "@tanstack/react-router";
import { explain } from "../api/problem";
import { useDeleteRender } from "../api/renders";

/** Removes a finished render, after asking. */
export function DeleteButton({ id }: { id: string }) {
  const [opened, { open, close, toggle }] = useDisclosure(false);
  const navigate = useNavigate();
  const remove = useDeleteRender();
  return (
    <Popover opened={opened} onChange={(next) => (next ? open() : close())} trapFocus withArrow>
      <Popover.Target>
        <Button
          size="xs"
          variant="subtle"
          color="red"
          leftSection={<IconTrash size={15} aria-hidden />}
          onClick={toggle}
        >
          Delete
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb="xs">
          The picture and its request will be gone for good.
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            color="red"
            loading={remove.isPending}
            onClick={() =>
              remove.mutate(id, {
                onSuccess: () => void navigate({ to: "/gallery" }),
                onError: (error) => notifications.show({ color: "red", message: explain(error) }),
              })
            }
          >
            Delete it
          </Button>
          <Button size="xs" variant="default" onClick={close}>
            Keep it
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
