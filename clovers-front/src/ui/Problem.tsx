import { Alert, Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { ApiProblem, explain } from "../api/problem";

/** What went wrong, with a way to try again. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <Alert
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
