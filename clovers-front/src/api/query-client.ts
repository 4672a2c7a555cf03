import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { keys } from "./keys";
import { ApiProblem, Unreachable } from "./problem";

/** Any answer missed is a reason to ask at once whether the API is there at all. */
const onError = (error: Error) => {
  if (error instanceof Unreachable) void queryClient.invalidateQueries({ queryKey: keys.health });
};

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // The API may be on this machine; a browser that is "offline" still reaches it.
      networkMode: "always",
      staleTime: 5_000,
      // Silence is not retried here: on recovery the health check asks everything again.
      retry: (failures, error) =>
        error instanceof ApiProblem && error.status >= 500 && failures < 2,
    },
    mutations: { networkMode: "always", retry: false },
  },
});
