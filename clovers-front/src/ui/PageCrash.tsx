import { Button, Code, Container, Group, Stack, Text, Title } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";

/** In a page's place when its code has failed; header and other pages go on. */
export function PageCrash({ error, reset }: ErrorComponentProps) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const report = `${name}: ${message}\n${stack ?? ""}`;
  return (
    <Container size="sm" py="xl">
      <Stack role="alert">
        <Title order={1} size="h3">
          This page has stopped
        </Title>
        <Text>Your draft is safe: it is stored in this browser as you type.</Text>
        <Code block mah={240} style={{ overflow: "auto" }}>
          {report}
        </Code>
        <Group>
          <Button onClick={reset}>Open the page again</Button>
          <Button variant="default" onClick={() => void navigator.clipboard?.writeText(report)}>
            Copy report
          </Button>
        </Group>
      </Stack>
    </Container>
  );
}
