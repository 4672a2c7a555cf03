import { parseTree } from "jsonc-parser";
import { expect, test } from "vitest";
import { pointerKeys, rangeOfPointer, toPointer } from "./pointer";

const text = `{
  "objects": [
    { "kind": "Sphere", "radius": -1 },
    { "kind": "Quad",
      "a/b": 1, "m~n": 2 }
  ]
}`;

function pointed(pointer: string): string | undefined {
  const range = rangeOfPointer({ text, root: parseTree(text) }, pointer);
  return range && text.slice(range.from, range.to);
}

test("a pointer finds its value", () => {
  expect(pointed("/objects/0/radius")).toBe("-1");
  expect(pointed("/objects/1/kind")).toBe('"Quad"');
});

test("escaped keys are found", () => {
  expect(pointed("/objects/1/a~1b")).toBe("1");
  expect(pointed("/objects/1/m~0n")).toBe("2");
});

test("a missing key is marked on the first line of its nearest parent", () => {
  expect(pointed("/objects/0/center")).toBe('{ "kind": "Sphere", "radius": -1 }');
  expect(pointed("/objects/1/u/0")).toBe('{ "kind": "Quad",');
  expect(pointed("/camera")).toBe("{");
  expect(pointed("")).toBe("{");
});

test("a text that is no JSON at all has no places", () => {
  expect(rangeOfPointer({ text: "", root: undefined }, "/objects")).toBeUndefined();
});

test("keys survive the way through a pointer", () => {
  const keys = ["objects", "7", "a/b", "m~n", ""];
  expect(pointerKeys(toPointer(keys))).toEqual(keys);
});
