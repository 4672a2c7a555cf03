import { json } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import type { Ref } from "react";
import { useEffect, useEffectEvent, useImperativeHandle, useRef } from "react";
import type { TextRange } from "../scene/pointer";
import { minimalChange } from "./change";
import classes from "./JsonEditor.module.css";

export interface Mark extends TextRange {
  severity: "error" | "warning";
  message: string;
}

export interface JsonEditorHandle {
  /** Selects a stretch of the text, brings it into view and puts the cursor there. */
  reveal: (range: TextRange) => void;
}

interface JsonEditorProps {
  label: string;
  text: string;
  marks?: readonly Mark[];
  readOnly?: boolean;
  onChange?: (text: string) => void;
  /** A paste over the whole text; true when it was taken care of. */
  onPasteOverAll?: (text: string) => boolean;
  onSubmit?: () => void;
  ref?: Ref<JsonEditorHandle>;
}

const noMarks: readonly Mark[] = [];

/** A JSON text in CodeMirror. Heavy: load it with `lazy`. */
export function JsonEditor(props: JsonEditorProps) {
  const { label, text, marks = noMarks, readOnly = false, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  /** What the editor holds, as far as React knows. */
  const held = useRef(text);

  const changed = useEffectEvent((next: string) => {
    // Texts that come from outside are no edits.
    if (next === held.current) return;
    held.current = next;
    props.onChange?.(next);
  });
  const pastedOverAll = useEffectEvent((pasted: string) => props.onPasteOverAll?.(pasted) ?? false);
  const submitted = useEffectEvent(() => props.onSubmit?.());

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: held.current,
        extensions: [
          Prec.highest(
            keymap.of([
              {
                key: "Mod-Enter",
                run: () => {
                  submitted();
                  return true;
                },
              },
            ]),
          ),
          basicSetup,
          json(),
          syntaxHighlighting(colours),
          lintGutter(),
          placeholder("Paste a scene, drop a file, or choose an example."),
          EditorView.contentAttributes.of({
            "aria-label": label,
            tabindex: "0",
            "aria-readonly": String(readOnly),
          }),
          EditorState.readOnly.of(readOnly),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed(update.state.doc.toString());
          }),
          EditorView.domEventHandlers({
            paste: (event, { state }) => {
              const { from, to } = state.selection.main;
              if (from > 0 || to < state.doc.length) return false;
              return pastedOverAll(event.clipboardData?.getData("text/plain") ?? "");
            },
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [label, readOnly]);

  useEffect(() => {
    if (!view.current || held.current === text) return;
    const change = minimalChange(held.current, text);
    held.current = text;
    view.current.dispatch({ changes: change });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const diagnostics = marks.map<Diagnostic>(({ from, to, severity, message }) => ({
      from: Math.min(from, length),
      to: Math.min(to, length),
      severity,
      message,
    }));
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [marks]);

  useImperativeHandle(ref, () => ({
    reveal: ({ from, to }) => {
      const editor = view.current;
      if (!editor) return;
      const length = editor.state.doc.length;
      const anchor = Math.min(from, length);
      editor.dispatch({
        selection: { anchor, head: Math.min(to, length) },
        effects: EditorView.scrollIntoView(anchor, { y: "center" }),
      });
      editor.focus();
    },
  }));

  return <div ref={host} className={classes.editor} />;
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "light-dark(#1f5f8b, #8cc4ea)" },
  { tag: tags.string, color: "light-dark(#27662f, #9bd3a0)" },
  { tag: tags.number, color: "light-dark(#8a4a00, #e8b878)" },
  { tag: [tags.bool, tags.null], color: "light-dark(#7a2e8a, #d3a4e0)" },
  { tag: tags.invalid, color: "light-dark(#b3261e, #ff8f85)" },
]);
