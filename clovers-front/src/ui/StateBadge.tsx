import { Badge, type BadgeProps } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconBan from "@tabler/icons-react/dist/esm/icons/IconBan.mjs";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import IconPlayerPlay from "@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs";
import IconPuzzle from "@tabler/icons-react/dist/esm/icons/IconPuzzle.mjs";
import type { RenderState } from "../api/types";

const looks: Record<RenderState, { label: string; color: string; Icon: typeof IconCheck }> = {
  queued: { label: "Queued", color: "gray", Icon: IconClock },
  rendering: { label: "Rendering", color: "clover", Icon: IconPlayerPlay },
  assembling: { label: "Assembling", color: "clover", Icon: IconPuzzle },
  done: { label: "Done", color: "clover", Icon: IconCheck },
  failed: { label: "Failed", color: "red", Icon: IconAlertTriangle },
  cancelled: { label: "Cancelled", color: "gray", Icon: IconBan },
};

/** A state as word, icon and colour, never by colour alone. */
export function StateBadge({ state, ...rest }: { state: RenderState } & BadgeProps) {
  const { label, color, Icon } = looks[state];
  return (
    <Badge
      variant="light"
      color={color}
      radius="sm"
      tt="none"
      leftSection={<Icon size={12} aria-hidden />}
      {...rest}
    >
      {label}
    </Badge>
  );
}
