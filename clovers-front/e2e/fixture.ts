import { test as base, expect, type Locator, type Page } from "@playwright/test";

export { expect };

/** A page on the farm; a script error on it fails the story. */
export const test = base.extend<{ scriptErrors: Error[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
  baseURL: async ({}, use) => {
    await use(process.env.CLOVERS_E2E_URL);
  },
  scriptErrors: [
    async ({ page }, use) => {
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await use(errors);
      // Leaving stops the preview, so that the next story has the worker to itself.
      await page.goto("about:blank");
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

/** Opens an example by its place in the menu, so that no story depends on one scene. */
export async function chooseExample(page: Page, index = 0): Promise<string> {
  await page.getByRole("button", { name: "Examples" }).click();
  const item = page.getByRole("menuitem").nth(index);
  const title = (await item.locator("p").first().textContent()) ?? "";
  await item.click();
  await expect(page.getByRole("textbox", { name: "Name" })).not.toHaveValue("");
  return title;
}

/** Small enough to be done in seconds by a debug build. */
export async function makeSmall(page: Page, name: string): Promise<void> {
  await page.getByRole("textbox", { name: "Width" }).fill("96");
  await page.getByRole("textbox", { name: "Height" }).fill("64");
  await page.getByRole("textbox", { name: "Samples" }).fill("4");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
}

/** A request that is done in a moment. */
export function smallRequest(name: string) {
  return {
    scene_file: {
      time_0: 0,
      time_1: 1,
      background_color: [0.5, 0.6, 0.8],
      camera: {
        look_from: [0, 1, 5],
        look_at: [0, 0, 0],
        up: [0, 1, 0],
        vertical_fov: 40,
        aperture: 0,
        focus_distance: 5,
      },
      objects: [{ kind: "Sphere", center: [0, 0, 0], radius: 1 }],
    },
    opts: { width: 64, height: 48, samples: 1 },
    name,
  };
}

/** Replaces the whole scene in the editor. */
export async function writeScene(page: Page, text: string): Promise<void> {
  const editor = page.getByRole("textbox", { name: "Scene as JSON" });
  await editor.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** How much the brightness of a picture's pixels spreads; 0 when all are alike. */
export async function brightnessSpread(picture: Locator): Promise<number> {
  return picture.evaluate((element) => {
    const image = element as HTMLImageElement;
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    if (!context || canvas.width === 0) return 0;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let darkest = 255 * 3;
    let brightest = 0;
    for (let at = 0; at < data.length; at += 4) {
      const sum = (data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0);
      darkest = Math.min(darkest, sum);
      brightest = Math.max(brightest, sum);
    }
    return brightest - darkest;
  });
}
