import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";

export const limitsQuery = queryOptions({
  queryKey: keys.limits,
  queryFn: ({ signal }) => askJson("get", "/limits", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
