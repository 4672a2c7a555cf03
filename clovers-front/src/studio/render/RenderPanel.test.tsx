// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { draftStore } from "../../scene/draft-store";
import { checkOptions } from "../../scene/options";
import { openText } from "../../scene/request";
import { show } from "../../test/render";
import { RenderPanel } from "./RenderPanel";

const limits = { max_width: 16_384, max_samples: 65_536 };

beforeEach(() =>
  draftStore.getState().put({ document: openText("{}"), origin: undefined, edited: false }),
);

test("the limits stand beside the fields", async () => {
  await show(<RenderPanel limits={limits} problems={[]} />);
  expect(screen.getByRole("textbox", { name: "Width" })).toHaveProperty("placeholder", "1024");
  expect(screen.getByText("px, 1 – 16,384")).toBeTruthy();
  expect(screen.getByText("per pixel, 1 – 65,536")).toBeTruthy();
});

test("what is typed is in the request; what is emptied is not", async () => {
  await show(<RenderPanel limits={limits} problems={[]} />);
  const samples = screen.getByRole("textbox", { name: "Samples" });
  await userEvent.type(samples, "12");
  expect(draftStore.getState().document.options.samples).toBe(12);
  await userEvent.clear(samples);
  expect(JSON.stringify(draftStore.getState().document.options)).toBe("{}");
});

test("a value over its limit is said at its field", async () => {
  const problems = checkOptions({ samples: 65_537 }, limits);
  await show(<RenderPanel limits={limits} problems={problems} />);
  expect(screen.getByText("At most 65,536.")).toBeTruthy();
});

test("a size is one choice", async () => {
  await show(<RenderPanel limits={limits} problems={[]} />);
  await userEvent.click(screen.getByRole("button", { name: "Sizes" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "640 × 360" }));
  expect(draftStore.getState().document.options).toMatchObject({ width: 640, height: 360 });
});

test("adaptive sampling is switched on, with a threshold if one likes", async () => {
  await show(<RenderPanel limits={limits} problems={[]} />);
  const options = () => draftStore.getState().document.options;
  expect(screen.queryByLabelText("Noise to stop at")).toBeNull();
  await userEvent.click(screen.getByRole("switch", { name: /^Adaptive/ }));
  expect(options()).toEqual({ adaptive: true });
  const noise = screen.getByLabelText("Noise to stop at");
  await userEvent.type(noise, "0.05");
  expect(options()).toEqual({ adaptive: 0.05 });
  await userEvent.clear(noise);
  expect(options()).toEqual({ adaptive: true });
  await userEvent.click(screen.getByRole("switch", { name: /^Adaptive/ }));
  expect(options().adaptive).toBeUndefined();
});

test("modes and samplers are chosen from lists, with a word about each", async () => {
  await show(<RenderPanel limits={limits} problems={[]} />);
  const choose = async (list: string, entry: string) => {
    await userEvent.click(screen.getByRole("combobox", { name: list }));
    await userEvent.click(await screen.findByRole("option", { name: entry }));
  };
  await choose("Mode", "Boxes tested");
  await choose("Sampler", "Blue noise");
  expect(draftStore.getState().document.options).toEqual({ mode: "bvh_boxes", sampler: "blue" });
  expect(screen.getByText(/white is 256 boxes/)).toBeTruthy();
  expect(screen.getByText(/256 samples/)).toBeTruthy();
});
