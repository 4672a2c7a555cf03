import { readFile } from "node:fs/promises";
import { brightnessSpread, chooseExample, expect, makeSmall, test } from "./fixture";

test("from an example to a picture on disk", async ({ page }) => {
  const name = `story ${Date.now()}`;

  await test.step("choose an example", async () => {
    await page.goto("/");
    await expect(page).toHaveURL(/\/studio/);
    await chooseExample(page, 1);
    await makeSmall(page, name);
  });

  await test.step("see its preview refine to the end", async () => {
    const preview = page.getByRole("img", { name: "Preview of the scene" });
    await expect(preview).toBeVisible({ timeout: 60_000 });
    await expect(preview).toHaveAttribute("data-final", "true", { timeout: 60_000 });
    await expect(page.getByText("96 × 64")).toBeVisible();
    await expect.poll(() => brightnessSpread(preview)).toBeGreaterThan(30);
  });

  await test.step("submit it and follow it to its page", async () => {
    await page.getByRole("button", { name: "Render", exact: true }).click();
    await page.getByRole("link", { name: `Watch ${name}` }).click();
    await expect(page.getByRole("heading", { name })).toBeVisible();
    await expect(page.getByText("Done", { exact: true })).toBeVisible({ timeout: 90_000 });
  });

  await test.step("find it in the gallery", async () => {
    await page.getByRole("link", { name: "Gallery" }).click();
    const card = page.getByRole("main").getByRole("link", { name: new RegExp(name) });
    await expect(card).toContainText("96 × 64 · 4 spp");
    const thumbnail = card.locator("img");
    await expect
      .poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
    await card.click();
  });

  await test.step("download the PNG", async () => {
    const picture = page.getByRole("img", { name });
    await expect.poll(() => brightnessSpread(picture)).toBeGreaterThan(30);
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download PNG" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^story-\d+\.png$/);
    const png = await readFile(await download.path());
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([96, 64]);
  });

  await test.step("open it in the editor again", async () => {
    await page.getByRole("link", { name: "Open in editor" }).click();
    await expect(page).toHaveURL(/\/studio\?render=/);
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue(name);
    await expect(page.getByRole("textbox", { name: "Width" })).toHaveValue("96");
  });
});
