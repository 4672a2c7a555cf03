import { expect, test } from "vitest";
import { dedent, formatText, makeReadable } from "./format";

test("vectors and small objects stay on one line, the rest is laid out", () => {
  const text =
    '{"camera":{"look_from":[278,278,-800],"up":[0,1.0,0]},"objects":[{"kind":"Sphere","radius":1e2}],"materials":[]}';
  expect(formatText(text)).toBe(`{
  "camera": { "look_from": [278, 278, -800], "up": [0, 1.0, 0] },
  "objects": [
    { "kind": "Sphere", "radius": 1e2 }
  ],
  "materials": []
}
`);
});

test("formatting twice is formatting once", () => {
  const once = formatText('{"a":[[1,2],[3,4]],"b":{"c":{"d":null}}}');
  expect(formatText(once)).toBe(once);
});

test("formatting changes no value", () => {
  const text = '{"a": [0.1, 1e400, "x\\u0041"], "": {"": []}}';
  expect(JSON.parse(formatText(text))).toEqual(JSON.parse(text));
});

test("what is not JSON is left alone", () => {
  expect(formatText('{"a": ')).toBe('{"a": ');
});

test("a piece loses the indentation of where it was", () => {
  expect(dedent('{\n      "a": 1\n    }')).toBe('{\n  "a": 1\n}');
  expect(dedent("{}")).toBe("{}");
});

test("only what nobody can read is laid out by itself", () => {
  const written = '{ "a":   1 }';
  expect(makeReadable(written)).toBe(written);
  const objects = Array.from({ length: 40 }, () => ({ kind: "Sphere", radius: 1 }));
  const lines = makeReadable(JSON.stringify({ objects })).split("\n");
  expect(lines.length).toBeGreaterThan(40);
});
