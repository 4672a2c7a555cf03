import { queryOptions, useQuery } from "@tanstack/react-query";
import { ask } from "./http";
import { keys } from "./keys";
import { ApiProblem } from "./problem";

/** `degraded`: it answers, but one of its servers is away. */
export type ApiState = "up" | "degraded" | "down";

interface Health {
  state: ApiState;
  /** Answers missed in a row. */
  misses: number;
}

const calmMs = 15_000;
const degradedMs = 5_000;
const longestRetryMs = 8_000;

/**
 * Whether the API answers: asked rarely while it does, after 1, 2, 4, 8 s while it does not.
 * When that changes for the better, everything that pages show is asked for again.
 */
const healthQuery = queryOptions({
  queryKey: keys.health,
  queryFn: async ({ client, queryKey, signal }): Promise<Health> => {
    const before = client.getQueryData<Health>(queryKey);
    const state = await apiState(signal);
    if (state === "down") return { state, misses: (before?.misses ?? 0) + 1 };
    if (before && before.state !== state) {
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.health[0] });
    }
    return { state, misses: 0 };
  },
  refetchInterval: ({ state: { data } }) => {
    if (data?.state === "down") return Math.min(1_000 * 2 ** (data.misses - 1), longestRetryMs);
    return data?.state === "degraded" ? degradedMs : calmMs;
  },
  retry: false,
});

/** `undefined` until the first answer. */
export function useApiState(): ApiState | undefined {
  return useQuery(healthQuery).data?.state;
}

async function apiState(signal: AbortSignal): Promise<ApiState> {
  try {
    const response = await ask("get", "/readyz", { signal });
    return (await response.text()).includes("degraded") ? "degraded" : "up";
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof ApiProblem ? "degraded" : "down";
  }
}
