// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Problem } from "../scene/problems";
import { show } from "../test/render";
import { ProblemList } from "./ProblemList";

const warning: Problem = {
  severity: "warning",
  place: "scene",
  pointer: "/objects/0/material",
  detail: "No such material",
};
const error: Problem = {
  severity: "error",
  place: "scene",
  pointer: "/objects/7/radius",
  detail: "Expected a number",
};

test("a problem shows its pointer and leads to its place", async () => {
  const chosen = vi.fn();
  await show(<ProblemList problems={[warning, error]} onChoose={chosen} />);
  await userEvent.click(screen.getByRole("button", { name: /objects\/7\/radius/ }));
  expect(chosen).toHaveBeenCalledWith(error);
});

test("errors stand before warnings and both are counted", async () => {
  await show(<ProblemList problems={[warning, error]} onChoose={() => undefined} />);
  expect(screen.getByRole("status").textContent).toBe("1 error · 1 warning");
  const [first] = screen.getAllByRole("listitem");
  expect(first?.textContent).toContain("Expected a number");
});

test("without problems there is no list", async () => {
  await show(<ProblemList problems={[]} onChoose={() => undefined} />);
  expect(screen.queryByRole("region")).toBeNull();
});
