import { expect, test } from "vitest";
import { ApiProblem, explain, problemFrom, readProblem, Unreachable } from "./problem";

const invalidScene = {
  type: "/problems/invalid-scene",
  title: "The scene is not valid",
  status: 422,
  detail: "1 problem in the scene",
  instance: "urn:uuid:0197a1b2-0000-7000-8000-000000000001",
  errors: [{ pointer: "/scene_file/objects/7/radius", detail: "expected a number" }],
};

function answer(status: number, body: string, type: string): Response {
  return new Response(body, { status, headers: { "Content-Type": type } });
}

test("a problem is read with its pointers", async () => {
  const problem = await readProblem(
    answer(422, JSON.stringify(invalidScene), "application/problem+json"),
  );
  expect(problem).toBeInstanceOf(ApiProblem);
  expect(problem).toMatchObject({
    status: 422,
    slug: "invalid-scene",
    errors: invalidScene.errors,
  });
});

test("what is malformed in a problem is left out", () => {
  const problem = problemFrom({ title: 7, errors: [{ pointer: 1 }, null, "x"] }, 400);
  expect(problem).toMatchObject({ title: "Status 400", detail: "", errors: [] });
  expect(problemFrom(null, 500).status).toBe(500);
});

test("a proxy's 502 means that the API does not answer", async () => {
  const problem = await readProblem(answer(502, "<h1>Bad gateway</h1>", "text/html"));
  expect(problem).toBeInstanceOf(Unreachable);
});

test("a problem whose body broke off is no answer", async () => {
  const problem = await readProblem(answer(422, '{"type', "application/problem+json"));
  expect(problem).toBeInstanceOf(Unreachable);
});

test("people read the detail, or the title where there is none", () => {
  expect(explain(problemFrom(invalidScene, 422))).toBe("1 problem in the scene");
  expect(explain(problemFrom({ title: "Gone" }, 410))).toBe("Gone");
  expect(explain("x")).toBe("x");
});
