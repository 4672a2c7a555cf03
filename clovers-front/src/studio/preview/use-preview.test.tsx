// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { usePreview } from "./use-preview";

/** What the API would do with one preview session, as far as these tests need it. */
class Farm {
  revision = 0;
  /** The frame there is: its revision and samples. */
  frame: { revision: number; samples: number } | undefined;
  refusal: object | undefined;
  forgetful = false;
  asked: string[] = [];

  answer = async (path: string, { method = "GET", headers }: RequestInit = {}) => {
    if (path === "/readyz") return Response.json({ status: "ready" });
    this.asked.push(`${method} ${path}`);
    if (method === "POST" || method === "PUT") return this.submit(method);
    if (method === "DELETE") return new Response(null, { status: 204 });
    if (this.forgetful) return problem(404, {});
    const etag = this.frame && `"${this.frame.revision}-${this.frame.samples}"`;
    if (!this.frame || !etag) return Response.json({}, { status: 202 });
    if (new Headers(headers).get("If-None-Match") === etag) {
      return new Response(null, { status: 304 });
    }
    return new Response("picture", {
      headers: {
        ETag: etag,
        "Clovers-Revision": String(this.frame.revision),
        "Clovers-Samples": String(this.frame.samples),
        "Clovers-Final": String(this.frame.samples === 8),
      },
    });
  };

  private submit(method: string) {
    if (this.refusal) return problem(422, this.refusal);
    if (method === "PUT" && this.forgetful) return problem(404, {});
    this.forgetful = false;
    this.revision += 1;
    return Response.json({ id: "a", revision: this.revision, samples: 8 }, { status: 202 });
  }
}

function problem(status: number, body: object): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
}

let farm: Farm;
beforeEach(() => {
  farm = new Farm();
  vi.stubGlobal("fetch", farm.answer);
});

function preview(json: string | undefined, auto = true) {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(({ json }) => usePreview(json, auto), { initialProps: { json }, wrapper });
}

const questions = () => farm.asked.filter((asked) => asked === "GET /preview/a").length;

test("a scene is sent by itself, and the asking ends with the final frame", async () => {
  farm.frame = { revision: 1, samples: 1 };
  const { result } = preview("{}");
  await waitFor(() => expect(result.current.frame?.samples).toBe(1), { timeout: 3_000 });
  expect(result.current.refining).toBe(true);

  farm.frame = { revision: 1, samples: 8 };
  await waitFor(() => expect(result.current.frame?.final).toBe(true), { timeout: 3_000 });
  expect(result.current.refining).toBe(false);
  const before = questions();
  await new Promise((later) => setTimeout(later, 500));
  expect(questions()).toBe(before);
});

test("a frame of an older request is not taken for the new one", async () => {
  farm.frame = { revision: 1, samples: 8 };
  const { result, rerender } = preview("{}");
  await waitFor(() => expect(result.current.frame?.final).toBe(true), { timeout: 3_000 });

  rerender({ json: '{"a": 1}' });
  await waitFor(() => expect(farm.asked).toContain("PUT /preview/a"), { timeout: 3_000 });
  await waitFor(() => expect(result.current.session?.revision).toBe(2));
  // The old picture stays meanwhile, but as one that is being replaced.
  expect(result.current.frame?.revision).toBe(1);
  expect(result.current.refining).toBe(true);

  farm.frame = { revision: 2, samples: 8 };
  await waitFor(() => expect(result.current.frame?.revision).toBe(2), { timeout: 3_000 });
});

test("a refused scene keeps the last good picture and says where it is wrong", async () => {
  farm.frame = { revision: 1, samples: 8 };
  const { result, rerender } = preview("{}");
  await waitFor(() => expect(result.current.frame?.final).toBe(true), { timeout: 3_000 });

  farm.refusal = { title: "No", errors: [{ pointer: "/scene_file/camera", detail: "missing" }] };
  rerender({ json: '{"a": 1}' });
  await waitFor(() => expect(result.current.refusal?.title).toBe("No"), { timeout: 3_000 });
  expect(result.current.problems).toMatchObject([{ place: "scene", pointer: "/camera" }]);
  expect(result.current.frame?.samples).toBe(8);
  expect(result.current.refining).toBe(false);
});

test("without following, what was said of a text is no word on its mended form", async () => {
  farm.refusal = { title: "No" };
  const { result, rerender } = preview("[]", false);
  act(() => result.current.send());
  await waitFor(() => expect(result.current.refusal?.title).toBe("No"), { timeout: 3_000 });
  rerender({ json: "{}" });
  expect(result.current.refusal).toBeUndefined();
});

test("a session that the farm has forgotten is asked for anew, once", async () => {
  farm.frame = { revision: 1, samples: 1 };
  const { result } = preview("{}");
  await waitFor(() => expect(result.current.frame?.samples).toBe(1), { timeout: 3_000 });
  farm.forgetful = true;
  farm.frame = { revision: 2, samples: 8 };
  await waitFor(() => expect(result.current.frame?.final).toBe(true), { timeout: 3_000 });
  expect(farm.asked.filter((asked) => asked === "POST /preview")).toHaveLength(2);
});

test("without following, nothing is sent until it is asked for", async () => {
  farm.frame = { revision: 1, samples: 8 };
  const { result } = preview("{}", false);
  await new Promise((later) => setTimeout(later, 600));
  expect(farm.asked).toEqual([]);
  act(() => result.current.send());
  await waitFor(() => expect(result.current.frame?.final).toBe(true), { timeout: 3_000 });
});
