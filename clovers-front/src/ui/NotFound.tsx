import { EmptyState } from "@mantine/core";
import IconMapOff from "@tabler/icons-react/dist/esm/icons/IconMapOff.mjs";
import { ButtonLink } from "./links";

export function NotFound() {
  return (
    <EmptyState
      py={80}
      icon={<IconMapOff size={40} stroke={1.4} />}
      title="There is nothing here"
      description="The page you asked for does not exist."
    >
      <EmptyState.Actions>
        <ButtonLink to="/studio">To the studio</ButtonLink>
      </EmptyState.Actions>
    </EmptyState>
  );
}
