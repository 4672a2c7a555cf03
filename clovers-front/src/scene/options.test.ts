import { expect, test } from "vitest";
import {
  checkOptions,
  type OptionLimits,
  type RenderOptions,
  readOptions,
  renderModes,
  renderSamplers,
  thresholdOf,
} from "./options";

const limits: OptionLimits = {
  max_width: 16_384,
  max_height: 16_384,
  max_pixels: 33_200_000,
  max_samples: 65_536,
  max_depth: 128,
};

function refused(options: RenderOptions): string[] {
  return checkOptions(options, limits).map(({ pointer }) => pointer);
}

test("the defaults are within the limits", () => {
  expect(refused({})).toEqual([]);
});

test("each limit is checked in its field", () => {
  expect(refused({ width: 16_385, height: 1 })).toEqual(["/width"]);
  expect(refused({ samples: 65_537 })).toEqual(["/samples"]);
  expect(refused({ max_depth: 0 })).toEqual(["/max_depth"]);
  expect(refused({ samples: 1.5 })).toEqual(["/samples"]);
});

test("the product of the sides has a limit of its own", () => {
  expect(refused({ width: 16_000, height: 16_000 })).toEqual(["/width"]);
  expect(refused({ width: 7_680, height: 4_320 })).toEqual([]);
});

test("a seed is any 64-bit number, exactly", () => {
  expect(refused({ seed: "18446744073709551615" })).toEqual([]);
  expect(refused({ seed: "18446744073709551616" })).toEqual(["/seed"]);
  expect(refused({ seed: "-1" })).toEqual(["/seed"]);
  expect(refused({ seed: "abc" })).toEqual(["/seed"]);
});

test("without published limits only what makes no sense is refused", () => {
  expect(checkOptions({ width: 99_999 }, {})).toEqual([]);
});

test("blue noise takes a power of two samples up to 256, and the field says which are near", () => {
  for (const samples of [1, 2, 64, 128, 256]) {
    expect(refused({ sampler: "blue", samples })).toEqual([]);
  }
  expect(refused({ sampler: "blue" })).toEqual([]);
  const said = (samples: number) =>
    checkOptions({ sampler: "blue", samples }, limits).map(({ detail }) => detail);
  expect(said(100)).toEqual(["64 or 128 with blue noise."]);
  expect(said(512)).toEqual(["At most 256 with blue noise."]);
  expect(said(65_537)).toEqual(["At most 65,536."]);
  expect(refused({ sampler: "independent", samples: 100 })).toEqual([]);
});

test("every mode and sampler is read back", () => {
  for (const mode of renderModes) expect(readOptions({ mode })).toEqual({ mode });
  for (const sampler of renderSamplers) expect(readOptions({ sampler })).toEqual({ sampler });
  expect(readOptions({ mode: "toon", sampler: "red" })).toEqual({});
});

test("adaptive is a switch or a threshold within its range", () => {
  for (const adaptive of [true, false, 0.001, 0.05, 0.5]) {
    expect(refused({ adaptive })).toEqual([]);
    expect(readOptions({ adaptive })).toEqual({ adaptive });
  }
  for (const adaptive of [0, 0.6, -0.03, Number.NaN]) {
    expect(refused({ adaptive })).toEqual(["/adaptive"]);
  }
  expect(readOptions({ adaptive: "yes" })).toEqual({});
  expect([thresholdOf({}), thresholdOf({ adaptive: false })]).toEqual([undefined, undefined]);
  expect([thresholdOf({ adaptive: true }), thresholdOf({ adaptive: 0.1 })]).toEqual([0.03, 0.1]);
});

test("options of unknown name or type are left out", () => {
  expect(readOptions({ width: "wide", mode: "magic", seed: 7, quiet: true })).toEqual({
    seed: "7",
  });
  expect(readOptions(null)).toEqual({});
});
