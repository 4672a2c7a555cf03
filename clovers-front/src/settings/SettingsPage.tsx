import {
  SegmentedControl,
  Skeleton,
  Stack,
  Table,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { limitsQuery } from "../api/limits";
import { versionQuery } from "../api/version";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { count } from "../ui/words";

/** How the pages look, and what is known of the farm. */
export function SettingsPage() {
  return (
    <Page title="Settings">
      <Stack gap="xl" maw={640}>
        <section aria-labelledby="theme-title">
          <Title order={2} size="h5" mb="xs" id="theme-title">
            Theme
          </Title>
          <ThemeChoice />
        </section>
        <section aria-labelledby="farm-title">
          <Title order={2} size="h5" mb="xs" id="farm-title">
            This farm
          </Title>
          <FarmFacts />
        </section>
      </Stack>
    </Page>
  );
}

function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="sm"
      aria-labelledby="theme-title"
      data={[
        { value: "auto", label: "As the system" },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ]}
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
    />
  );
}

function FarmFacts() {
  const version = useQuery(versionQuery);
  const limits = useQuery(limitsQuery);
  const error = version.error ?? limits.error;
  if (error) {
    const retry = () => {
      void version.refetch();
      void limits.refetch();
    };
    return <Problem error={error} retry={retry} />;
  }
  if (!version.data || !limits.data) return <Skeleton h={160} aria-label="Asking the farm" />;
  const { preview, ...render } = limits.data;
  return (
    <Table fz="sm" withTableBorder bg="var(--surface)" className="tabular">
      <Table.Tbody>
        <Fact name="Version">
          {version.data.version}
          {version.data.git_revision && ` (${version.data.git_revision})`}
        </Fact>
        <Fact name="Engine">{version.data.engine}</Fact>
        <Fact name="Largest picture">
          {count(render.max_width)} × {count(render.max_height)} px, together{" "}
          {count(render.max_pixels)}
        </Fact>
        <Fact name="Most samples">{count(render.max_samples)} per pixel</Fact>
        <Fact name="Most bounces">{count(render.max_depth)}</Fact>
        <Fact name="Largest request">{count(render.max_body_bytes)} bytes</Fact>
        <Fact name="A preview fits into">
          {count(preview.max_width)} × {count(preview.max_height)} px, {count(preview.max_samples)}{" "}
          spp, {count(preview.max_depth)} bounces
        </Fact>
      </Table.Tbody>
    </Table>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w="40%">{name}</Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{children}</Table.Td>
    </Table.Tr>
  );
}
