import { queryOptions } from "@tanstack/react-query";
import { ask, askJson } from "./http";
import { keys } from "./keys";
import type { Example } from "./types";

export const examplesQuery = queryOptions({
  queryKey: keys.examples,
  queryFn: async ({ signal }) =>
    (await askJson<{ items: Example[] }>("/examples", { signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The request of one example, as text. */
export const exampleQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.examples, name],
    queryFn: async ({ signal }) =>
      (await ask(`/examples/${encodeURIComponent(name)}`, { signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
