import { queryOptions, skipToken, useMutation } from "@tanstack/react-query";
import { ask, askJson } from "./http";
import { keys } from "./keys";
import { isNotFound } from "./problem";
import type { PreviewSession } from "./types";

/** One picture of a preview; `final` when no better one will come. */
export interface PreviewFrame {
  revision: number;
  samples: number;
  width: number;
  height: number;
  final: boolean;
  picture: Blob;
}

interface FrameAnswer {
  /** Of the newest frame seen, a stale one included, so that the next wait is for a newer one. */
  etag: string | undefined;
  frame: PreviewFrame | undefined;
  /** Whether this answer brought a frame. */
  fresh: boolean;
}

const waitSeconds = 10;
const afterFrameMs = 30;
const afterNothingMs = 300;

/**
 * The newest frame of one revision of a preview. Each question waits at the server until there is
 * a newer frame; the asking ends itself at the final one.
 */
export const frameQuery = (session: PreviewSession | undefined) =>
  queryOptions({
    queryKey: keys.preview(session?.id ?? "none", session?.revision ?? 0),
    queryFn: session
      ? async ({ client, queryKey, signal }): Promise<FrameAnswer> => {
          const before = client.getQueryData<FrameAnswer>(queryKey);
          const response = await ask("get", "/preview/{id}", {
            cache: "no-store",
            path: { id: session.id },
            signal,
            headers: { Prefer: `wait=${waitSeconds}`, "If-None-Match": before?.etag },
          });
          if (response.status !== 200) {
            return { etag: before?.etag, frame: before?.frame, fresh: false };
          }
          const etag = response.headers.get("ETag") ?? undefined;
          const frame = await readFrame(response);
          return frame.revision < session.revision
            ? { etag, frame: before?.frame, fresh: false }
            : { etag, frame, fresh: true };
        }
      : skipToken,
    refetchInterval: ({ state: { data, error } }) => {
      if (error || data?.frame?.final) return false;
      return data?.fresh ? afterFrameMs : afterNothingMs;
    },
    refetchOnWindowFocus: ({ state: { data } }) => !data?.frame?.final,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    retry: false,
    structuralSharing: false,
  });

async function readFrame(response: Response): Promise<PreviewFrame> {
  const number = (name: string) => Number(response.headers.get(name) ?? 0);
  return {
    revision: number("Clovers-Revision"),
    samples: number("Clovers-Samples"),
    width: number("Clovers-Width"),
    height: number("Clovers-Height"),
    final: response.headers.get("Clovers-Final") === "true",
    picture: await response.blob(),
  };
}

/** Starts a preview, or gives a running one its next revision. */
export function useSubmitPreview() {
  return useMutation({
    mutationKey: ["submit-preview"],
    mutationFn: async ({ id, json }: { id: string | undefined; json: string }) => {
      if (id) {
        try {
          return await askJson("put", "/preview/{id}", { path: { id }, json });
        } catch (error) {
          // Forgotten by the server after a minute without anyone looking: start anew.
          if (!isNotFound(error)) throw error;
        }
      }
      return askJson("post", "/preview", { json });
    },
  });
}

/** Tells the server that nobody looks any more; it would notice by itself a minute later. */
export function stopPreview(id: string): void {
  ask("delete", "/preview/{id}", { path: { id }, keepalive: true }).catch(() => undefined);
}
