import { AxeBuilder } from "@axe-core/playwright";
import { chooseExample, expect, test } from "./fixture";

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
    await expect(page.getByRole("heading", { name: "Gallery" })).toBeVisible();
    await expect(page.locator("[aria-busy=false]")).toBeAttached();
    await check();

    const cards = page.getByRole("listitem").getByRole("link");
    if ((await cards.count()) > 0) {
      await cards.first().click();
      await expect(page.getByText("From click to end")).toBeVisible();
      await check();
    }
  });
}
