import { afterEach, expect, test, vi } from "vitest";
import { ask, askJson } from "./http";
import { ApiProblem, Unreachable } from "./problem";

afterEach(() => void vi.unstubAllGlobals());

function answerWith(respond: () => Response | Promise<Response>) {
  const fetched = vi.fn(respond);
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("JSON is sent as it is, and its type with it", async () => {
  const fetched = answerWith(() => Response.json({ id: "a" }, { status: 202 }));
  const text = '{"scene_file": {"x": 1.0}}';
  expect(await askJson("/render", { method: "POST", json: text })).toEqual({ id: "a" });
  const [, init] = fetched.mock.calls[0] as unknown as [string, RequestInit];
  expect(init.body).toBe(text);
  expect(new Headers(init.headers).get("Content-Type")).toBe("application/json");
});

test("a refusal is thrown as a problem, a 304 is an answer", async () => {
  answerWith(
    () =>
      new Response('{"title": "no"}', {
        status: 422,
        headers: { "Content-Type": "application/problem+json" },
      }),
  );
  await expect(ask("/render")).rejects.toThrow(ApiProblem);
  answerWith(() => new Response(null, { status: 304 }));
  expect((await ask("/preview/x")).status).toBe(304);
});

test("silence is thrown as unreachable", async () => {
  answerWith(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(ask("/queue")).rejects.toThrow(Unreachable);
});

test("an abandoned question is not taken for silence", async () => {
  const abort = new AbortController();
  answerWith(() => {
    abort.abort();
    return Promise.reject(new DOMException("gone", "AbortError"));
  });
  await expect(ask("/queue", { signal: abort.signal })).rejects.not.toThrow(Unreachable);
});
