import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { address, ask, askJson } from "./http";
import { keys } from "./keys";
import { isNotFound } from "./problem";
import type { RenderState, RenderStatus } from "./types";

export type FinalState = Extract<RenderState, "done" | "failed" | "cancelled">;

/** Whether nothing will change any more. */
export function isFinal(state: RenderState | undefined): state is FinalState {
  return state === "done" || state === "failed" || state === "cancelled";
}

export const pictureUrl = (id: string) => address("/renders/{id}", { id });
export const thumbnailUrl = (id: string) => address("/renders/{id}/thumbnail", { id });
export const exrUrl = (id: string) => address("/renders/{id}/exr", { id });

const pageSize = 24;
const liveMs = 1_000;
const partialMs = 2_000;

/** Finished renders, newest first, page by page. */
export const finishedQuery = (state: FinalState | undefined) =>
  infiniteQueryOptions({
    queryKey: [...keys.renders, state ?? "all"],
    queryFn: ({ pageParam, signal }) =>
      askJson("get", "/renders", {
        query: { limit: pageSize, state, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** One render at any stage; the asking ends itself when the render is final. */
export const statusQuery = (id: string) =>
  queryOptions({
    queryKey: keys.render(id),
    queryFn: ({ signal }) => askJson("get", "/renders/{id}/status", { path: { id }, signal }),
    refetchInterval: ({ state: { data, error } }) =>
      error || isFinal(data?.state) ? false : liveMs,
  });

/** The tiles done so far as a picture, or null before the first. */
export const partialQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: [...keys.render(id), "partial", live],
    queryFn: async ({ signal }): Promise<Blob | null> => {
      try {
        return await (await ask("get", "/renders/{id}/partial", { path: { id }, signal })).blob();
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    refetchInterval: live ? partialMs : false,
    placeholderData: keepPreviousData,
    structuralSharing: false,
  });

/** The request as it was submitted, letter for letter. */
export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.render(id), "request"],
    queryFn: async ({ signal }) =>
      (await ask("get", "/renders/{id}/request", { path: { id }, signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What happened to a render, oldest first. */
export const eventsQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: [...keys.render(id), "events", live],
    queryFn: async ({ signal }) =>
      (await askJson("get", "/renders/{id}/events", { path: { id }, signal })).items,
    refetchInterval: live ? partialMs : false,
    placeholderData: keepPreviousData,
  });

export function useSubmitRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: string) => askJson("post", "/render", { json }),
    onSuccess: refresh,
  });
}

/** Ends a live render; what is already drawn of it is kept. */
export function useCancelRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => askJson("post", "/renders/{id}/cancel", { path: { id } }),
    onSuccess: refresh,
  });
}

/** Renders a failed or cancelled one anew, under a new id. */
export function useRetryRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => askJson("post", "/renders/{id}/retry", { path: { id } }),
    onSuccess: refresh,
  });
}

/** Moves a live render within the queue. */
export function useChangePriority() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, priority }: Pick<RenderStatus, "id" | "priority">) =>
      askJson("patch", "/renders/{id}", { path: { id }, json: JSON.stringify({ priority }) }),
    onSuccess: refresh,
  });
}

/** Removes a render with its pictures, for good. */
export function useDeleteRender() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask("delete", "/renders/{id}", { path: { id } }),
    onSuccess: async (_answer, id) => {
      client.removeQueries({ queryKey: keys.render(id) });
      await client.invalidateQueries({ queryKey: keys.renders });
    },
  });
}

/** Takes a status that the API has just told, and asks anew for the lists it may stand in. */
function useRefresh() {
  const client = useQueryClient();
  return (status: RenderStatus) => {
    client.setQueryData(keys.render(status.id), status);
    void client.invalidateQueries({ queryKey: keys.queue });
    if (isFinal(status.state)) void client.invalidateQueries({ queryKey: keys.renders });
  };
}
