import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";
import type { Version } from "./types";

export const versionQuery = queryOptions({
  queryKey: keys.version,
  queryFn: ({ signal }) => askJson<Version>("/version", { signal }),
});
