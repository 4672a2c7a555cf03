import { Table, Text } from "@mantine/core";
import type { Worker } from "../api/types";
import { ago } from "../ui/words";

/** The worker processes that are alive. */
export function Workers({ workers }: { workers: readonly Worker[] }) {
  if (workers.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No worker is running: what is queued waits until one is.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={560} tabIndex={0}>
      <Table verticalSpacing="xs" fz="sm" withTableBorder bg="var(--surface)">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Host</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Engine</Table.Th>
            <Table.Th>Up since</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map(({ id, kind, host, state, engine, since }) => (
            <Table.Tr key={id}>
              <Table.Td>{kind}</Table.Td>
              <Table.Td>{host}</Table.Td>
              <Table.Td>{state}</Table.Td>
              <Table.Td ff="monospace" fz="xs">
                {engine}
              </Table.Td>
              <Table.Td>{since && ago(since)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
