import { expect, test } from "vitest";
import { distinctProblems, optionProblem, placeProblems, problemRange } from "./problems";
import { parseText } from "./syntax";

test("a pointer into the scene loses the name of the envelope", () => {
  const [problem] = placeProblems(
    [{ pointer: "/scene_file/objects/7/radius", detail: "must be a number" }],
    "error",
  );
  expect(problem).toMatchObject({ place: "scene", pointer: "/objects/7/radius" });
});

test("a pointer to the scene itself is the whole text", () => {
  const [problem] = placeProblems([{ pointer: "/scene_file", detail: "" }], "error");
  expect(problem).toMatchObject({ place: "scene", pointer: "" });
});

test("a pointer into the options belongs to its field", () => {
  const problems = placeProblems([{ pointer: "/opts/width", detail: "too wide" }], "error");
  expect(optionProblem(problems, "width")).toBe("too wide");
  expect(optionProblem(problems, "height")).toBeUndefined();
});

test("a pointer elsewhere keeps its place in the request", () => {
  const problems = placeProblems([{ pointer: "/name", detail: "no" }], "error");
  expect(problems[0]).toMatchObject({ place: "request", pointer: "/name" });
  expect(optionProblem(problems, "name")).toBe("no");
});

test("a warning is not a field's error", () => {
  const problems = placeProblems([{ pointer: "/opts/gamma", detail: "ignored" }], "warning");
  expect(optionProblem(problems, "gamma")).toBeUndefined();
});

test("only problems of the scene have a place in its text", () => {
  const tree = parseText('{"a": 12}');
  const [inScene, inOptions] = placeProblems(
    [
      { pointer: "/scene_file/a", detail: "" },
      { pointer: "/opts/a", detail: "" },
    ],
    "error",
  );
  expect(inScene && problemRange(tree, inScene)).toEqual({ from: 6, to: 8 });
  expect(inOptions && problemRange(tree, inOptions)).toBeUndefined();
});

test("what two answers say of one place is listed once", () => {
  const details = [{ pointer: "/scene_file/a", detail: "no" }];
  const twice = [...placeProblems(details, "error"), ...placeProblems(details, "error")];
  expect(distinctProblems(twice)).toHaveLength(1);
});
