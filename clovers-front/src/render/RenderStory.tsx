import { Button, Modal, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import IconListDetails from "@tabler/icons-react/dist/esm/icons/IconListDetails.mjs";
import { useQuery } from "@tanstack/react-query";
import { eventsQuery, isFinal } from "../api/renders";
import type { RenderEvent, RenderStatus } from "../api/types";
import { Problem } from "../ui/Problem";
import { duration } from "../ui/words";

/** What happened to a render on its way, line by line. */
export function RenderStory({ status }: { status: RenderStatus }) {
  const [opened, { open, close }] = useDisclosure(false);
  const { data: events, error } = useQuery({
    ...eventsQuery(status.id, !isFinal(status.state)),
    enabled: opened,
  });
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconListDetails size={15} aria-hidden />}
        onClick={open}
      >
        What happened
      </Button>
      <Modal opened={opened} onClose={close} title="What happened" size="lg">
        {error && <Problem error={error} />}
        {events && <Story events={events} since={status.created_at} />}
      </Modal>
    </>
  );
}

function Story({ events, since }: { events: readonly RenderEvent[]; since: string }) {
  if (events.length === 0) return <Text c="dimmed">Nothing yet.</Text>;
  return (
    <Table fz="xs" verticalSpacing={4} className="tabular">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>After</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>Worker</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map((event) => (
          <Table.Tr key={`${event.at} ${event.kind} ${event.tile} ${event.attempt}`}>
            <Table.Td>{duration(Math.max(0, Date.parse(event.at) - Date.parse(since)))}</Table.Td>
            <Table.Td>{sentence(event)}</Table.Td>
            <Table.Td ff="monospace">{event.worker?.slice(-8)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** `tile_done` of tile 3 → `tile done, tile 3`. */
function sentence({ kind, tile, attempt, detail }: RenderEvent): string {
  return [
    kind.replaceAll("_", " "),
    tile != null ? `tile ${tile}` : undefined,
    attempt != null && attempt > 1 ? `attempt ${attempt}` : undefined,
    detail,
  ]
    .filter(Boolean)
    .join(", ");
}
