import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";

export interface Limits {
  max_width: number;
  max_height: number;
  max_pixels: number;
  max_samples: number;
  max_depth: number;
  max_body_bytes: number;
}

export const limitsQuery = queryOptions({
  queryKey: keys.limits,
  queryFn: ({ signal }) => askJson<Limits>("/limits", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
