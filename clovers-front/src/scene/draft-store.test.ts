import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDraftStore, type Draft, keepDraft } from "./draft-store";
import { openText } from "./request";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const stored: Draft = { document: openText("{}", "old"), origin: undefined, edited: true };

test("the stored draft comes back", async () => {
  const store = createDraftStore();
  await keepDraft(store, { read: async () => stored, write: async () => undefined });
  expect(store.getState()).toMatchObject({ ...stored, ready: true });
});

test("edits are stored once, after the last of them", async () => {
  const write = vi.fn(async (_: Draft) => undefined);
  const store = createDraftStore();
  await keepDraft(store, { read: async () => undefined, write });
  store.getState().setText("{");
  store.getState().setText("{}");
  expect(store.getState()).toMatchObject({ edited: true, saved: false });
  await vi.advanceTimersByTimeAsync(600);
  expect(write).toHaveBeenCalledOnce();
  expect(write.mock.calls[0]?.[0].document.text).toBe("{}");
  expect(store.getState().saved).toBe(true);
});

test("a browser that cannot store still edits", async () => {
  const fail = async () => {
    throw new Error("no storage");
  };
  const store = createDraftStore();
  await keepDraft(store, { read: fail, write: fail });
  store.getState().setText("{}");
  await vi.advanceTimersByTimeAsync(600);
  expect(store.getState()).toMatchObject({ ready: true, saved: false });
});

test("opening a document is no edit of it", () => {
  const store = createDraftStore();
  store.getState().setText("{");
  store.getState().open(openText("{}"), { kind: "example", id: "prism" });
  expect(store.getState().edited).toBe(false);
});
