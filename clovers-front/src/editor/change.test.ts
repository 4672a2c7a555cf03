import { expect, test } from "vitest";
import { minimalChange } from "./change";

function check(before: string, after: string) {
  const { from, to, insert } = minimalChange(before, after);
  expect(before.slice(0, from) + insert + before.slice(to)).toBe(after);
  return insert;
}

test("only what differs is replaced", () => {
  expect(check("radius: 10, x", "radius: 25, x")).toBe("25");
  expect(check("aaa", "aaaa")).toBe("a");
  expect(check("aaaa", "aaa")).toBe("");
  expect(check("", "new")).toBe("new");
  expect(check("same", "same")).toBe("");
});
