import { Button, Code, Container, Group, Stack, Text, Title } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useApiState } from "../api/health";

/** In a page's place when its code has failed; header and other pages go on. */
export function PageCrash({ error }: ErrorComponentProps) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const notFetched = /preload|dynamically imported|module script/i.test(message);
  const report = `${name}: ${message}\n${stack ?? ""}`;
  useReloadOnRecovery(notFetched);
  return (
    <Container size="sm" py="xl">
      <Stack role="alert">
        <Title order={1} size="h3">
          {notFetched ? "This page could not be fetched" : "This page has stopped"}
        </Title>
        <Text>Your draft is safe: it is stored in this browser as you type.</Text>
        <Code block mah={240} style={{ overflow: "auto" }}>
          {report}
        </Code>
        <Group>
          <Button onClick={() => window.location.reload()}>Open the page again</Button>
          <Button variant="default" onClick={() => void navigator.clipboard?.writeText(report)}>
            Copy report
          </Button>
        </Group>
      </Stack>
    </Container>
  );
}

/** A page that was missed because the server was away is fetched again when it is back. */
function useReloadOnRecovery(wanted: boolean): void {
  const state = useApiState();
  const wasDown = useRef(false);
  useEffect(() => {
    if (state === "down") wasDown.current = true;
    else if (state && wasDown.current && wanted) window.location.reload();
  }, [state, wanted]);
}
