import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";
import type { Limits } from "./types";

export const limitsQuery = queryOptions({
  queryKey: keys.limits,
  queryFn: ({ signal }) => askJson<Limits>("/limits", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
