// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../test/render";
import { renderStatus } from "../test/statuses";
import { RenderProgress } from "./RenderProgress";

test("a running render says how far it is and how long it takes", async () => {
  await show(<RenderProgress status={renderStatus({ eta_ms: 29_000 })} />);
  expect(screen.getByRole("progressbar", { name: /cornell/ })).toBeTruthy();
  expect(screen.getByText("25 % · 4 of 16 tiles · about 29 s left")).toBeTruthy();
});
