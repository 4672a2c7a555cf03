import { expect, test } from "vitest";
import { isFinal } from "./renders";
import type { RenderState } from "./types";

test("a render is final when nothing will change any more", () => {
  const states: Record<RenderState, boolean> = {
    queued: false,
    rendering: false,
    assembling: false,
    done: true,
    failed: true,
    cancelled: true,
  };
  for (const [state, final] of Object.entries(states)) {
    expect(isFinal(state as RenderState)).toBe(final);
  }
  expect(isFinal(undefined)).toBe(false);
});
