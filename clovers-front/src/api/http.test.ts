import { afterEach, expect, test, vi } from "vitest";
import { address, ask, askJson } from "./http";
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
  expect(await askJson("post", "/render", { json: text })).toEqual({ id: "a" });
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
  await expect(ask("post", "/render")).rejects.toThrow(ApiProblem);
  answerWith(() => new Response(null, { status: 304 }));
  expect((await ask("get", "/preview/{id}", { path: { id: "x" } })).status).toBe(304);
});

test("silence is thrown as unreachable", async () => {
  answerWith(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(ask("get", "/queue")).rejects.toThrow(Unreachable);
});

test("an abandoned question is not taken for silence", async () => {
  const abort = new AbortController();
  answerWith(() => {
    abort.abort();
    return Promise.reject(new DOMException("gone", "AbortError"));
  });
  await expect(ask("get", "/queue", { signal: abort.signal })).rejects.not.toThrow(Unreachable);
});

test("an address is filled in and escaped; what is not given is not in it", () => {
  expect(address("/renders/{id}/status", { id: "a/b" })).toBe("/renders/a%2Fb/status");
  const query = { state: "done", cursor: undefined, limit: 24 };
  expect(address("/renders", {}, query)).toBe("/renders?state=done&limit=24");
});
