import { EmptyState, Skeleton, Title } from "@mantine/core";
import IconZzz from "@tabler/icons-react/dist/esm/icons/IconZzz.mjs";
import { useQuery } from "@tanstack/react-query";
import { queueQuery } from "../api/queue";
import type { RenderStatus } from "../api/types";
import { ButtonLink } from "../ui/links";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import classes from "./Queue.module.css";
import { QueueRow } from "./QueueRow";
import { Workers } from "./Workers";

/** What is being rendered, what waits, and who renders. */
export function QueuePage() {
  const { data: queue, error, refetch } = useQuery(queueQuery);
  return (
    <Page title="Farm">
      {error && <Problem error={error} retry={() => void refetch()} stale={queue !== undefined} />}
      {!queue && !error && <Skeleton h={72} aria-label="Loading the queue" />}
      {queue && (
        <>
          <section aria-labelledby="queue-title">
            <Title order={2} size="h5" mb="xs" id="queue-title">
              Queue
            </Title>
            <Live items={queue.items} />
          </section>
          <section aria-labelledby="workers-title">
            <Title order={2} size="h5" mt="xl" mb="xs" id="workers-title">
              Workers
            </Title>
            <Workers workers={queue.workers} />
          </section>
        </>
      )}
    </Page>
  );
}

function Live({ items }: { items: readonly RenderStatus[] }) {
  if (items.length === 0) {
    return (
      <EmptyState
        py="xl"
        icon={<IconZzz size={36} stroke={1.3} />}
        title="Nothing is rendering"
        description="A render appears here as soon as it is submitted."
      >
        <EmptyState.Actions>
          <ButtonLink to="/studio" size="xs">
            Render a scene
          </ButtonLink>
        </EmptyState.Actions>
      </EmptyState>
    );
  }
  return (
    <ul className={classes.list}>
      {items.map((status) => (
        <QueueRow key={status.id} status={status} />
      ))}
    </ul>
  );
}
