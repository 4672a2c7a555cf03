import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { TextTree } from "./pointer";
import type { Problem } from "./problems";

/** A text read as strict JSON: its tree, and what keeps it from being JSON. */
export interface ParsedText extends TextTree {
  problems: Problem[];
}

/** Reads strict JSON (no comments, no trailing commas). Never throws. */
export function parseText(text: string): ParsedText {
  if (text.trim() === "") {
    return { text, root: undefined, problems: [syntaxProblem("The scene is empty.", 0, 0)] };
  }
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    // The parser is recursive; a text nested many thousand levels deep ends its stack.
    if (!(error instanceof RangeError)) throw error;
    return { text, root: undefined, problems: [syntaxProblem("Nested too deeply.", 0, 0)] };
  }
  return {
    text,
    root,
    problems: errors.map(({ error, offset, length }) =>
      syntaxProblem(
        `${position(text, offset)}: ${sentences[printParseErrorCode(error)] ?? "This is not valid JSON."}`,
        offset,
        offset + length,
      ),
    ),
  };
}

/** Where an offset is, as an editor counts. */
function position(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `Line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function syntaxProblem(detail: string, from: number, to: number): Problem {
  return { severity: "error", place: "scene", pointer: "", detail, range: { from, to } };
}

const sentences: Record<string, string | undefined> = {
  InvalidSymbol: "This word has no meaning in JSON.",
  InvalidNumberFormat: "This is not a JSON number.",
  PropertyNameExpected: "A key in double quotes is expected here.",
  ValueExpected: "A value is expected here.",
  ColonExpected: "A colon is expected here.",
  CommaExpected: "A comma is expected here.",
  CloseBraceExpected: "A closing } is expected here.",
  CloseBracketExpected: "A closing ] is expected here.",
  EndOfFileExpected: "The scene has ended; nothing may follow.",
  InvalidCommentToken: 'JSON has no comments; use a "comment" key.',
  UnexpectedEndOfComment: 'JSON has no comments; use a "comment" key.',
  UnexpectedEndOfString: "This text is not closed.",
  UnexpectedEndOfNumber: "This number is not finished.",
  InvalidUnicode: "This is not a valid \\u escape.",
  InvalidEscapeCharacter: "JSON knows no such escape.",
  InvalidCharacter: "Control characters must be escaped.",
};
