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

test("what was typed before the stored draft was read is not lost to it", async () => {
  const store = createDraftStore();
  const kept = keepDraft(store, { read: async () => stored, write: async () => undefined });
  store.getState().setText("new");
  await kept;
  expect(store.getState().document.text).toBe("new");
});
