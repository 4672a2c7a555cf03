import { Container, Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface PageProps {
  title: string;
  /** Beside the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A page that scrolls: its title, then its content. */
export function Page({ title, aside, children }: PageProps) {
  return (
    <Container size={1280} px={{ base: "sm", sm: "lg" }} py="lg">
      <title>{`${title} · Clovers`}</title>
      <Group justify="space-between" mb="lg" gap="sm">
        <Title order={1} size="h3">
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Container>
  );
}
