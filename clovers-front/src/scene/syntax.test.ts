import { expect, test } from "vitest";
import { parseText } from "./syntax";

function firstProblem(text: string): string | undefined {
  const [problem] = parseText(text).problems;
  return problem && `${problem.range?.from}: ${problem.detail}`;
}

test("JSON has no problems", () => {
  expect(parseText('{"a": [1, 2.5e-3, null]}').problems).toEqual([]);
});

test("each slip is named at its place", () => {
  expect(firstProblem('{"a": }')).toBe("6: Line 1, column 7: A value is expected here.");
  expect(firstProblem('{"a": 1,}')).toContain("A key in double quotes is expected");
  expect(firstProblem('{"a" 1}')).toContain("A colon is expected");
  expect(firstProblem("[1 2]")).toContain("A comma is expected");
  expect(firstProblem("[1] 2")).toContain("nothing may follow");
  expect(firstProblem('// hm\n{"a": 1}')).toContain("JSON has no comments");
});

test("an empty text is a problem of its own", () => {
  expect(firstProblem("  \n")).toBe("0: The scene is empty.");
});

test("a text nested ten thousand levels deep is answered, not crashed upon", () => {
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  expect(() => parseText(deep)).not.toThrow();
});
