import { Anchor, Text } from "@mantine/core";
import { type Ref, useMemo } from "react";
import type { JsonEditorHandle, Mark } from "../editor/JsonEditor";
import { LazyJsonEditor } from "../editor/LazyJsonEditor";
import { type Problem, problemRange } from "../scene/problems";
import { isRequest } from "../scene/request";
import { type ParsedText, parseText } from "../scene/syntax";
import { Problem as ProblemAlert } from "../ui/Problem";
import { ProblemList } from "./ProblemList";
import classes from "./Studio.module.css";
import { useDraft } from "./use-draft";

interface ScenePaneProps {
  editor: Ref<JsonEditorHandle>;
  parsed: ParsedText;
  problems: readonly Problem[];
  /** Why what the address names could not be opened. */
  failure: Error | null;
  onRetry: () => void;
  onProblem: (problem: Problem) => void;
  /** Opens a text that is a whole request: its scene and its settings. */
  onRequest: (text: string) => void;
  onSubmit: () => void;
}

/** The scene as text, with what is wrong with it. */
export function ScenePane(props: ScenePaneProps) {
  const { editor, parsed, problems, failure, onRetry, onProblem, onRequest, onSubmit } = props;
  const setText = useDraft((draft) => draft.setText);
  const marks = useMemo(() => marksOf(parsed, problems), [parsed, problems]);
  return (
    <section className={classes.editorPane} aria-label="Scene">
      {failure && <ProblemAlert error={failure} retry={onRetry} />}
      {isRequest(parsed) && (
        <Text size="sm" p="xs">
          This is a whole request, not a scene.{" "}
          <Anchor component="button" size="sm" onClick={() => onRequest(parsed.text)}>
            Take its scene and settings
          </Anchor>
        </Text>
      )}
      <div className={classes.editorArea}>
        <LazyJsonEditor
          ref={editor}
          label="Scene as JSON"
          text={parsed.text}
          marks={marks}
          onChange={setText}
          onPasteOverAll={(pasted) => {
            if (!isRequest(parseText(pasted))) return false;
            onRequest(pasted);
            return true;
          }}
          onSubmit={onSubmit}
        />
      </div>
      <ProblemList problems={problems} onChoose={onProblem} />
    </section>
  );
}

function marksOf(parsed: ParsedText, problems: readonly Problem[]): Mark[] {
  return problems.flatMap((problem) => {
    const range = problemRange(parsed, problem);
    return range ? [{ ...range, severity: problem.severity, message: problem.detail }] : [];
  });
}
