import { Alert, Button, Group, List, Skeleton, Stack, Title } from "@mantine/core";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconEdit from "@tabler/icons-react/dist/esm/icons/IconEdit.mjs";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { isNotFound } from "../api/problem";
import { exrUrl, isFinal, pictureUrl, statusQuery } from "../api/renders";
import type { RenderStatus } from "../api/types";
import { fileName } from "../scene/request";
import { CancelButton } from "../ui/CancelButton";
import { ButtonLink } from "../ui/links";
import { NotFound } from "../ui/NotFound";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { RenderProgress } from "../ui/RenderProgress";
import { StateBadge } from "../ui/StateBadge";
import { renderName } from "../ui/words";
import { DeleteButton } from "./DeleteButton";
import classes from "./Render.module.css";
import { RenderFacts } from "./RenderFacts";
import { RenderPicture } from "./RenderPicture";
import { RenderScene } from "./RenderScene";
import { RenderStory } from "./RenderStory";
import { RetryButton } from "./RetryButton";

/** One render at any stage of its life. */
export function RenderPage() {
  const { id } = useParams({ from: "/gallery/$id" });
  const { data: status, error, refetch } = useQuery(statusQuery(id));
  if (status) return <Shown status={status} />;
  if (isNotFound(error)) return <NotFound />;
  return (
    <Page title="Render">
      {error ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : (
        <Skeleton h={320} aria-label="Loading the render" />
      )}
    </Page>
  );
}

function Shown({ status }: { status: RenderStatus }) {
  const { id, state, reason, warnings } = status;
  const live = !isFinal(state);
  return (
    <div className={classes.columns}>
      <title>{`${renderName(status)} · Clovers`}</title>
      <RenderPicture status={status} />
      <Stack className={classes.side} gap="md">
        <div>
          <Title order={1} size="h4" mb={6} style={{ overflowWrap: "anywhere" }}>
            {renderName(status)}
          </Title>
          <span role="status">
            <StateBadge state={state} />
          </span>
        </div>
        {live && <RenderProgress status={status} />}
        {reason && (
          <Alert color={state === "failed" ? "red" : "gray"} p="xs">
            {reason}
          </Alert>
        )}
        <Actions status={status} live={live} />
        <RenderFacts status={status} />
        {warnings && warnings.length > 0 && (
          <Alert color="yellow" title="Warnings" p="xs">
            <List size="xs" spacing={4}>
              {warnings.map(({ pointer, detail }) => (
                <List.Item key={pointer + detail}>
                  <code>{pointer}</code> {detail}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Group gap="xs">
          <RenderScene id={id} name={renderName(status)} />
          <RenderStory status={status} />
          {!live && <DeleteButton id={id} />}
        </Group>
      </Stack>
    </div>
  );
}

function Actions({ status, live }: { status: RenderStatus; live: boolean }) {
  return (
    <Group gap="xs">
      {status.state === "done" && (
        <Button
          component="a"
          href={pictureUrl(status.id)}
          download={fileName(renderName(status), "png")}
          size="xs"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          Download PNG
        </Button>
      )}
      {status.state === "done" && status.links.exr && (
        <Button
          component="a"
          href={exrUrl(status.id)}
          download={fileName(renderName(status), "exr")}
          size="xs"
          variant="default"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          Download EXR
        </Button>
      )}
      {status.links.retry && <RetryButton id={status.id} />}
      {live && <CancelButton status={status} />}
      <ButtonLink
        to="/studio"
        search={{ render: status.id }}
        size="xs"
        variant="default"
        leftSection={<IconEdit size={15} aria-hidden />}
      >
        Open in editor
      </ButtonLink>
    </Group>
  );
}
