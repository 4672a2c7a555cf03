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

function objectsOf(scene: object): number {
  return sceneFacts(parseText(JSON.stringify(scene)).root).objects;
}

test("objects of every kind are counted, a medium as one", () => {
  const kinds = ["Sphere", "MovingSphere", "Quad", "Triangle", "Boxy", "STL", "PLY", "GLTF"];
  const fog = { kind: "ConstantMedium", boundary: { kind: "Translate", object: { kind: "STL" } } };
  const of = (objects: object[]) => objectsOf({ objects });
  expect(of(kinds.map((kind) => ({ kind, material: { kind: "ConeLight" } })))).toBe(kinds.length);
  expect(of([fog, { kind: "RotateY", object: fog }])).toBe(2);
  expect(of([{ kind: "of a later revision", object: {} }])).toBe(1);
});

test("in the oldest revision an object is a map of one key", () => {
  const sphere = { Sphere: { radius: 1, material: { Lambertian: { albedo: {} } } } };
  const light = { Quad: { material: { DiffuseLight: {} } } };
  const objects = [
    sphere,
    light,
    { Translate: { object: { RotateY: { object: sphere } } } },
    { ObjectList: { objects: [sphere, { ConstantMedium: { boundary: sphere } }] } },
  ];
  expect(objectsOf({ objects })).toBe(5);
  expect(objectsOf({ objects, priority_objects: [light] })).toBe(5);
  expect(objectsOf({ objects, priority_objects: [light, { Quad: { q: [0, 0, 0] } }] })).toBe(6);
  expect(objectsOf({ objects: [], priority_objects: [{ kind: "Quad" }] })).toBe(1);
});

test("objects that are no objects do no harm", () => {
  const odd = [null, 1, "Sphere", [], {}, { Sphere: 1 }, { kind: 7 }, { kind: "Translate" }];
  expect(objectsOf({ objects: odd })).toBe(3);
  for (const objects of [null, 1, "x", {}]) {
    expect(objectsOf({ objects, priority_objects: objects })).toBe(0);
  }
});

test("a text as deep as it can be read is counted", () => {
  for (let levels = 64; levels <= 1 << 14; levels *= 2) {
    const deep = `${'{"Translate":{"object":'.repeat(levels)}{"kind":"Sphere"}${"}}".repeat(levels)}`;
    const { root } = parseText(`{"objects":[${deep}],"priority_objects":[${deep}]}`);
    expect(sceneFacts(root).objects).toBe(root ? 1 : 0);
  }
});

test("a text that is no scene has nothing in it", () => {
  expect(sceneFacts(parseText("[").root)).toEqual({ objects: 0, materials: 0 });
  expect(sceneFacts(undefined)).toEqual({ objects: 0, materials: 0 });
});
