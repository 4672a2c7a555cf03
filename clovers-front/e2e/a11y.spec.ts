import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { chooseExample, expect, smallRequest, test } from "./fixture";

for (const colorScheme of ["light", "dark"] as const) {
  test(`the pages hold to WCAG 2.2 AA, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const check = async () => {
      const { violations } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
      ).toEqual([]);
    };

    await page.goto("/studio");
    await chooseExample(page);
    await expect(page.getByRole("textbox", { name: "Scene as JSON" })).toBeVisible();
    await check();

    await page.goto("/farm");
    await expect(page.getByRole("heading", { name: "Workers" })).toBeVisible();
    await check();

    await page.goto("/gallery");
    await expect(page.getByRole("heading", { name: "Gallery", exact: true })).toBeVisible();
    await expect(page.locator("[aria-busy=false]")).toBeAttached();
    await check();

    await page.goto("/settings");
    await expect(page.getByRole("cell", { name: "128" })).toBeVisible();
    await check();

    await page.goto(`/gallery/${await aFinishedRender(page)}`);
    await expect(page.getByText("From click to end")).toBeVisible();
    await check();
  });
}

async function aFinishedRender(page: Page): Promise<string> {
  const submitted = await page.request.post("/render", { data: smallRequest("looked at by axe") });
  const { id } = await submitted.json();
  await expect
    .poll(async () => (await (await page.request.get(`/renders/${id}/status`)).json()).state, {
      timeout: 60_000,
    })
    .toBe("done");
  return id;
}
