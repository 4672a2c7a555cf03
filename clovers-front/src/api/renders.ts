import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { ask, askJson } from "./http";
import { keys } from "./keys";
import { isNotFound } from "./problem";
import type { RenderEvent, RenderPage, RenderState, RenderStatus } from "./types";

export type FinalState = Extract<RenderState, "done" | "failed" | "cancelled">;

/** Whether nothing will change any more. */
export function isFinal(state: RenderState | undefined): state is FinalState {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** Where a render, or something of it, is found. */
const pathOf = (id: string, part = "") => `/renders/${encodeURIComponent(id)}${part}`;

export const pictureUrl = (id: string) => pathOf(id);
export const thumbnailUrl = (id: string) => pathOf(id, "/thumbnail");
export const exrUrl = (id: string) => pathOf(id, "/exr");

const pageSize = 24;
const liveMs = 1_000;
const partialMs = 2_000;

/** Finished renders, newest first, page by page. */
export const finishedQuery = (state: FinalState | undefined) =>
  infiniteQueryOptions({
    queryKey: [...keys.renders, state ?? "all"],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(pageSize) });
      if (state) search.set("state", state);
      if (pageParam) search.set("cursor", pageParam);
      return askJson<RenderPage>(`/renders?${search}`, { signal });
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** One render at any stage; the asking ends itself when the render is final. */
export const statusQuery = (id: string) =>
  queryOptions({
    queryKey: keys.render(id),
    queryFn: ({ signal }) => askJson<RenderStatus>(pathOf(id, "/status"), { signal }),
    refetchInterval: ({ state: { data, error } }) =>
      error || isFinal(data?.state) ? false : liveMs,
  });

/** The tiles done so far as a picture, or null before the first. */
export const partialQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: [...keys.render(id), "partial", live],
    queryFn: async ({ signal }): Promise<Blob | null> => {
      try {
        return await (await ask(pathOf(id, "/partial"), { signal })).blob();
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
    queryFn: async ({ signal }) => (await ask(pathOf(id, "/request"), { signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What happened to a render, oldest first. */
export const eventsQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: [...keys.render(id), "events", live],
    queryFn: async ({ signal }) =>
      (await askJson<{ items: RenderEvent[] }>(pathOf(id, "/events"), { signal })).items,
    refetchInterval: live ? partialMs : false,
    placeholderData: keepPreviousData,
  });

export function useSubmitRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (json: string) => askJson<RenderStatus>("/render", { method: "POST", json }),
    onSuccess: refresh,
  });
}

/** Ends a live render; what is already drawn of it is kept. */
export function useCancelRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => askJson<RenderStatus>(pathOf(id, "/cancel"), { method: "POST" }),
    onSuccess: refresh,
  });
}

/** Renders a failed or cancelled one anew, under a new id. */
export function useRetryRender() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => askJson<RenderStatus>(pathOf(id, "/retry"), { method: "POST" }),
    onSuccess: refresh,
  });
}

/** Moves a live render within the queue. */
export function useChangePriority() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, priority }: Pick<RenderStatus, "id" | "priority">) =>
      askJson<RenderStatus>(pathOf(id), { method: "PATCH", json: JSON.stringify({ priority }) }),
    onSuccess: refresh,
  });
}

/** Removes a render with its pictures, for good. */
export function useDeleteRender() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask(pathOf(id), { method: "DELETE" }),
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
