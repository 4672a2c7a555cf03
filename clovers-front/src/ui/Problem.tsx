import { Alert, Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { ApiProblem, explain, Unreachable } from "../api/problem";

interface ProblemProps {
  error: unknown;
  retry?: () => void;
  /** Whether older data is on screen: then the banner says enough about a silent API. */
  stale?: boolean;
}

/** What went wrong, with a way to try again. */
export function Problem({ error, retry, stale = false }: ProblemProps) {
  if (stale && error instanceof Unreachable) return null;
  return (
    <Alert
      mb="md"
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={error instanceof ApiProblem ? error.title : "That did not work"}
    >
      {explain(error)}
      {retry && (
        <Button mt="sm" size="xs" variant="default" display="block" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
