import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { useApiState } from "../../api/health";
import { frameQuery, type PreviewFrame, stopPreview, useSubmitPreview } from "../../api/previews";
import { ApiProblem, isNotFound, Unreachable } from "../../api/problem";
import type { PreviewSession } from "../../api/types";
import { type Problem, placeProblems } from "../../scene/problems";

const settleMs = 350;

export interface Preview {
  /** The newest good picture, of an older revision while the new one is being made. */
  frame: PreviewFrame | undefined;
  session: PreviewSession | undefined;
  /** Whether `frame` is not yet what was last asked for, or not yet its final pass. */
  refining: boolean;
  /** What the server said against the last request. */
  refusal: ApiProblem | undefined;
  problems: Problem[];
  send: () => void;
}

/**
 * One preview session for this tab. `json` is the request to show, undefined while there is none
 * to show; with `auto` it is sent by itself when it has been still for a moment.
 */
export function usePreview(json: string | undefined, auto: boolean): Preview {
  const apiState = useApiState();
  const submit = useSubmitPreview();
  const [session, setSession] = useState<PreviewSession>();
  const [refusal, setRefusal] = useState<{ json: string; problem: ApiProblem }>();
  /** The last request sent; undefined again when it did not get through. */
  const sent = useRef<string>(undefined);
  const revived = useRef<string>(undefined);

  const frames = useQuery(frameQuery(session));
  const frame = useNewestFrame(frames.data?.frame);
  const frameError = frames.error;

  const send = (request: string) => {
    sent.current = request;
    submit.mutate(
      { id: session?.id, json: request },
      {
        onSuccess: (answer) => {
          setSession(answer);
          setRefusal(undefined);
        },
        onError: (error) => {
          if (error instanceof ApiProblem) setRefusal({ json: request, problem: error });
          if (error instanceof Unreachable) sent.current = undefined;
        },
      },
    );
  };
  const sendFromEffect = useEffectEvent(send);

  const [settled] = useDebouncedValue(json, settleMs);
  const idle = !submit.isPending;
  useEffect(() => {
    if (auto && idle && apiState !== "down" && settled !== undefined && settled !== sent.current) {
      sendFromEffect(settled);
    }
  }, [auto, idle, apiState, settled]);

  // The server forgot the session (it restarted, or nobody looked for a minute): ask once more.
  useEffect(() => {
    if (!session || !isNotFound(frameError) || revived.current === session.id) return;
    revived.current = session.id;
    if (sent.current !== undefined) sendFromEffect(sent.current);
  }, [session, frameError]);

  const sessionId = session?.id;
  useEffect(() => {
    if (!sessionId) return;
    const stop = () => stopPreview(sessionId);
    // A closed tab does not unmount; without this its preview would go on for a minute.
    window.addEventListener("pagehide", stop);
    return () => {
      window.removeEventListener("pagehide", stop);
      stop();
    };
  }, [sessionId]);

  // What was said of another text counts until that of this one is heard, if it is asked for at all.
  const refused = auto || refusal?.json === json ? refusal?.problem : undefined;
  const failed = refused ?? (frameError instanceof ApiProblem ? frameError : undefined);
  const problems = useMemo(
    () =>
      failed
        ? placeProblems(failed.errors, "error")
        : placeProblems(session?.warnings ?? [], "warning"),
    [failed, session],
  );
  return {
    frame,
    session,
    refining: submit.isPending || (session !== undefined && !frames.data?.frame?.final && !failed),
    refusal: failed,
    problems,
    send: () => {
      if (json !== undefined) send(json);
    },
  };
}

/** The last frame there was, until there is a newer one. */
function useNewestFrame(frame: PreviewFrame | undefined): PreviewFrame | undefined {
  const [newest, setNewest] = useState(frame);
  if (frame && frame !== newest) setNewest(frame);
  return frame ?? newest;
}
