import { QueryClient } from "@tanstack/react-query";
import { Unreachable } from "./problem";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The API may be on this machine; a browser that is "offline" still reaches it.
      networkMode: "always",
      staleTime: 5_000,
      // Silence is retried by the health check, which asks everything again on recovery.
      retry: (failures, error) => !(error instanceof Unreachable) && isServerFault(error, failures),
    },
    mutations: { networkMode: "always", retry: false },
  },
});

function isServerFault(error: Error, failures: number): boolean {
  return "status" in error && Number(error.status) >= 500 && failures < 2;
}
