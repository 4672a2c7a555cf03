import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { ask, askJson } from "./http";
import { keys } from "./keys";
import { isNotFound } from "./problem";
import type { RenderPage, RenderState, RenderStatus } from "./types";

export type FinalState = Extract<RenderState, "done" | "failed" | "cancelled">;

/** Whether nothing will change any more. */
export function isFinal(state: RenderState | undefined): state is FinalState {
  return state === "done" || state === "failed" || state === "cancelled";
}

export const pictureUrl = (id: string) => `/renders/${id}`;
export const thumbnailUrl = (id: string) => `/renders/${id}/thumbnail`;
export const exrUrl = (id: string) => `/renders/${id}/exr`;

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
    queryFn: ({ signal }) =>
      askJson<RenderStatus>(`/renders/${encodeURIComponent(id)}/status`, { signal }),
    refetchInterval: ({ state: { data, error } }) =>
      error || isFinal(data?.state) ? false : liveMs,
  });

/** The tiles done so far as a picture, or null before the first. */
export const partialQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: [...keys.render(id), "partial"],
    queryFn: async ({ signal }): Promise<Blob | null> => {
      try {
        return await (await ask(`/renders/${encodeURIComponent(id)}/partial`, { signal })).blob();
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    refetchInterval: live ? partialMs : false,
    structuralSharing: false,
  });

/** The request as it was submitted, letter for letter. */
export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.render(id), "request"],
    queryFn: async ({ signal }) =>
      (await ask(`/renders/${encodeURIComponent(id)}/request`, { signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useSubmitRender() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: string) => askJson<RenderStatus>("/render", { method: "POST", json }),
    onSuccess: (status) => {
      client.setQueryData(keys.render(status.id), status);
      void client.invalidateQueries({ queryKey: keys.queue });
    },
  });
}

export function useCancelRender() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      askJson<RenderStatus>(`/renders/${encodeURIComponent(id)}/cancel`, { method: "POST" }),
    onSuccess: (status) => client.setQueryData(keys.render(status.id), status),
    onSettled: (_status, _error, id) => {
      void client.invalidateQueries({ queryKey: keys.queue });
      void client.invalidateQueries({ queryKey: keys.renders });
      void client.invalidateQueries({ queryKey: keys.render(id) });
    },
  });
}
