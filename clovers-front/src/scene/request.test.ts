import { expect, test } from "vitest";
import { fileName, isRequest, openText, requestBody } from "./request";
import { parseText } from "./syntax";

const scene = `{
  "camera": { "vertical_fov": 40.0 },
  "objects": []
}`;

test("a bare scene opens as it is", () => {
  expect(openText(scene, "box")).toEqual({
    text: scene,
    name: "box",
    options: {},
    priority: "normal",
  });
});

test("a whole request opens as its scene, spelled as it was, with its settings", () => {
  const request = `{
  "scene_file": ${scene.replaceAll("\n", "\n  ")},
  "opts": { "width": 640, "seed": 18446744073709551615, "exr": true, "gamma": 2 },
  "name": "box",
  "priority": "high"
}`;
  const document = openText(request);
  expect(document.text).toBe(`${scene}\n`);
  expect(document.name).toBe("box");
  expect(document.priority).toBe("high");
  expect(document.options).toEqual({ width: 640, seed: "18446744073709551615", exr: true });
});

test("the normal map of old requests becomes the mode of new ones", () => {
  const request = '{"scene_file": {}, "opts": {"normalmap": true, "quiet": true}}';
  expect(openText(request).options).toEqual({ mode: "normals" });
});

test("what is not JSON opens as text, to be mended", () => {
  expect(openText('{"scene_file": {').text).toBe('{"scene_file": {');
});

test("a request is told from a scene by its key", () => {
  expect(isRequest(parseText('{"scene_file": {}}'))).toBe(true);
  expect(isRequest(parseText(scene))).toBe(false);
  expect(isRequest(parseText('{"objects": [{"scene_file": 1}]}'))).toBe(false);
});

test("the body carries the scene letter for letter and nothing that is not set", () => {
  const document = openText(scene);
  expect(requestBody(document)).toBe(`{"scene_file":${scene}}`);
  const named = { ...document, name: ' "a" ', options: { width: 8, seed: "7" }, priority: "low" };
  expect(JSON.parse(requestBody(named as typeof document))).toEqual({
    scene_file: JSON.parse(scene),
    opts: { width: 8, seed: "7" },
    name: '"a"',
    priority: "low",
  });
});

test("what is submitted opens again as what it was", () => {
  const document = { ...openText(scene), name: "box", options: { samples: 4 } };
  expect(openText(requestBody(document))).toEqual({ ...document, text: `${scene}\n` });
});

test("a name becomes a file name", () => {
  expect(fileName("Cornell box: v12!", "png")).toBe("cornell-box-v12.png");
  expect(fileName("../../etc", "json")).toBe("etc.json");
  expect(fileName("", "json")).toBe("scene.json");
});
