import { Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { useHotkeys, useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useApiState } from "../api/health";
import { limitsQuery } from "../api/limits";
import { ApiProblem } from "../api/problem";
import { queueQuery } from "../api/queue";
import { useSubmitRender } from "../api/renders";
import type { JsonEditorHandle } from "../editor/JsonEditor";
import { sceneFacts } from "../scene/facts";
import { checkOptions } from "../scene/options";
import { pointerKeys } from "../scene/pointer";
import { distinctProblems, type Problem, placeProblems, problemRange } from "../scene/problems";
import { openText, requestBody } from "../scene/request";
import { parseText } from "../scene/syntax";
import { noticeOf, refusalOf } from "./notices";
import { type PaneName, Panes } from "./Panes";
import { PreviewPane } from "./preview/PreviewPane";
import { type Preview, usePreview } from "./preview/use-preview";
import { optionFieldId, RenderPanel } from "./render/RenderPanel";
import { ScenePane } from "./ScenePane";
import { StatusLine } from "./StatusLine";
import classes from "./Studio.module.css";
import { StudioBar } from "./StudioBar";
import { useAddress, useOpenDocument } from "./use-address";
import { useDraft } from "./use-draft";

const noLimits = {};

/** Edit a scene as text, watch its preview, have it rendered. */
export function StudioPage() {
  const document = useDraft((draft) => draft.document);
  const address = useAddress();
  const openDocument = useOpenDocument();
  const apiState = useApiState();
  const { data: limits = noLimits } = useQuery(limitsQuery);
  const [follow, setFollow] = useLocalStorage({ key: "clovers-follow-edits", defaultValue: true });
  const [front, setFront] = useState<PaneName>("preview");
  const editor = useRef<JsonEditorHandle>(null);

  const parsed = useMemo(() => parseText(document.text), [document.text]);
  const optionProblems = useMemo(
    () => checkOptions(document.options, limits),
    [document.options, limits],
  );
  const json = useMemo(() => requestBody(document), [document]);
  const sendable = !address.opening && parsed.problems.length + optionProblems.length === 0;

  const preview = usePreview(sendable ? json : undefined, follow);
  const submit = useSubmitRender();

  // What the server said of another text than this one no longer counts.
  const submitError = submit.variables === json ? submit.error : null;
  const problems = useMemo(() => {
    const refused = submitError instanceof ApiProblem ? submitError.errors : [];
    return distinctProblems([
      ...(address.opening ? [] : parsed.problems),
      ...optionProblems,
      ...(parsed.problems.length === 0 ? preview.problems : []),
      ...placeProblems(refused, "error"),
    ]);
  }, [address.opening, parsed.problems, optionProblems, preview.problems, submitError]);

  const errors = problems.filter(({ severity }) => severity === "error").length;
  const offline = apiState === "down" ? "The API does not answer." : undefined;
  const broken = errors > 0 ? `${errors} ${errors === 1 ? "error" : "errors"} to mend` : undefined;

  const { data: queue } = useQuery(queueQuery);
  const workerless = queue !== undefined && !queue.workers.some(({ kind }) => kind === "preview");

  const render = () => {
    if (offline || broken || !sendable || submit.isPending) return;
    submit.mutate(json, {
      onSuccess: (status) => notifications.show(noticeOf(status)),
      onError: (error) => notifications.show(refusalOf(error)),
    });
  };
  useHotkeys([["mod+Enter", render]], []);

  const openOwn = (text: string, name: string) => {
    openDocument(openText(text, name), { kind: "file", id: name });
  };
  const openFile = async (file: File) => {
    openOwn(await file.text(), file.name.replace(/\.json$/i, ""));
  };

  const goTo = (problem: Problem) => {
    const range = problemRange(parsed, problem);
    setFront(range ? "scene" : "render");
    // After the pane has come to the front.
    requestAnimationFrame(() => {
      if (range) editor.current?.reveal(range);
      else focusOption(problem);
    });
  };

  return (
    <div className={classes.page}>
      <title>{`${document.name || "Studio"} · Clovers`}</title>
      <h1 className="visually-hidden">Studio</h1>
      <StudioBar
        follow={follow}
        onFollowChange={setFollow}
        preview={{
          run: preview.send,
          busy: false,
          hindrance: offline ?? (sendable ? undefined : broken),
        }}
        render={{ run: render, busy: submit.isPending, hindrance: offline ?? broken }}
        onFile={openFile}
        onRevert={address.revert}
      />
      <div className={classes.panes}>
        <Panes
          front={front}
          onFrontChange={setFront}
          scene={
            <ScenePane
              editor={editor}
              parsed={parsed}
              problems={problems}
              failure={address.failure}
              onRetry={address.retry}
              onProblem={goTo}
              onRequest={(text) => openOwn(text, document.name)}
              onSubmit={render}
            />
          }
          preview={
            <PreviewPane preview={preview} note={previewNote(preview, broken, workerless)} />
          }
          render={<RenderPanel limits={limits} problems={problems} />}
        />
      </div>
      <StatusLine facts={useMemo(() => sceneFacts(parsed.root), [parsed.root])} />
      <Dropzone.FullScreen
        withinPortal={false}
        accept={{ "application/json": [".json"] }}
        multiple={false}
        onDrop={([file]) => file && void openFile(file)}
        onReject={() =>
          notifications.show({ color: "red", message: "Only a scene file (.json) can be opened." })
        }
      >
        <Text size="xl" ta="center" mt="30dvh">
          Drop the scene to open it
        </Text>
      </Dropzone.FullScreen>
    </div>
  );
}

/** Why the picture may not be of the scene as it stands. */
function previewNote(
  { frame, refining, refusal }: Preview,
  broken: string | undefined,
  workerless: boolean,
): string | undefined {
  const shown = frame ? " This is the last valid scene." : "";
  if (broken) return `${broken}.${shown}`;
  if (refusal) return `${refusal.detail || refusal.title}${shown}`;
  if (workerless && refining)
    return "No preview worker is running: the picture waits until one is.";
  return undefined;
}

function focusOption({ pointer }: Problem): void {
  const field = pointerKeys(pointer)[0];
  if (field) globalThis.document.getElementById(optionFieldId(field))?.focus();
}
