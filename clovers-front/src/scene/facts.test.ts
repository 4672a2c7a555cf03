import { expect, test } from "vitest";
import { sceneFacts } from "./facts";
import { parseText } from "./syntax";

test("objects in lists and under transforms are counted, the lists and transforms are not", () => {
  const text = JSON.stringify({
    objects: [
      { kind: "Sphere" },
      { kind: "ObjectList", objects: [{ kind: "Quad" }, { kind: "Quad" }] },
      { kind: "Translate", object: { kind: "RotateY", object: { kind: "Boxy" } } },
    ],
    materials: [{ name: "a" }],
  });
  expect(sceneFacts(parseText(text).root)).toEqual({ objects: 4, materials: 1 });
});

test("a text that is no scene has nothing in it", () => {
  expect(sceneFacts(parseText("[").root)).toEqual({ objects: 0, materials: 0 });
  expect(sceneFacts(undefined)).toEqual({ objects: 0, materials: 0 });
});
