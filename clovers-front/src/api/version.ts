import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";

export const versionQuery = queryOptions({
  queryKey: keys.version,
  queryFn: ({ signal }) => askJson("get", "/version", { signal }),
});
