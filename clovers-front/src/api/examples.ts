import { queryOptions } from "@tanstack/react-query";
import { ask, askJson } from "./http";
import { keys } from "./keys";

export const examplesQuery = queryOptions({
  queryKey: keys.examples,
  queryFn: async ({ signal }) => (await askJson("get", "/examples", { signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The request of one example, as text. */
export const exampleQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.examples, name],
    queryFn: async ({ signal }) =>
      (await ask("get", "/examples/{name}", { path: { name }, signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
