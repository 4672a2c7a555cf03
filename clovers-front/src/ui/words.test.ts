import { expect, test } from "vitest";
import { renderStatus } from "../test/statuses";
import { ago, duration, percentDone, renderName } from "./words";

test("durations are as long as they need to be", () => {
  expect(duration(140)).toBe("140 ms");
  expect(duration(8_400)).toBe("8.4 s");
  expect(duration(42_000)).toBe("42 s");
  expect(duration(72_341)).toBe("1:12");
  expect(duration(3_723_000)).toBe("1:02:03");
  expect(duration(59_700)).toBe("1:00");
});

test("times long past are dates", () => {
  const now = Date.parse("2026-01-10T12:00:00Z");
  expect(ago("2026-01-10T11:59:50Z", now)).toBe("just now");
  expect(ago("2026-01-10T11:55:00Z", now)).toBe("5 min ago");
  expect(ago("2026-01-10T09:00:00Z", now)).toBe("3 h ago");
  expect(ago("2026-01-01T12:00:00Z", now)).toContain("2026");
});

test("progress counts pixels, since tiles differ in size", () => {
  expect(percentDone(renderStatus())).toBe(25);
  expect(percentDone(renderStatus({ state: "done" }))).toBe(100);
});

test("a render without a name has a short one", () => {
  expect(renderName(renderStatus({ name: null }))).toBe("Render 0000abcd");
});
