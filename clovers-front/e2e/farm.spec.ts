import { chooseExample, expect, test } from "./fixture";

// A story that broke off must not leave the farm busy for the next one.
test.afterEach(async ({ request }) => {
  const queue = await (await request.get("/queue")).json();
  for (const { id, name } of queue.items) {
    if (/^long \d+$/.test(name)) await request.post(`/renders/${id}/cancel`);
  }
});

test("a running render shows in the queue, can be cancelled, tried again and deleted", async ({
  page,
}) => {
  const name = `long ${Date.now()}`;
  await page.goto("/studio");
  await page.getByRole("switch", { name: "Follow edits" }).click();
  await chooseExample(page);
  await page.getByRole("textbox", { name: "Width" }).fill("3840");
  await page.getByRole("textbox", { name: "Height" }).fill("2160");
  await page.getByRole("textbox", { name: "Samples" }).fill("1024");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Render", exact: true }).click();
  await expect(page.getByRole("link", { name: `Watch ${name}` })).toBeVisible();

  await page.getByRole("link", { name: "Farm" }).click();
  const row = page.getByRole("listitem").filter({ hasText: name });
  await expect(row.getByRole("progressbar")).toBeAttached();
  await expect(row).toContainText(/\d+ of \d+ tiles/);
  await row.getByRole("button", { name: `Priority of ${name}: Normal` }).click();
  await page.getByRole("menuitem", { name: "High" }).click();
  await expect(row.getByRole("button", { name: `Priority of ${name}: High` })).toBeVisible();

  await row.getByRole("button", { name: `Cancel ${name}` }).click();
  await expect(row).toBeHidden();

  await page.getByRole("link", { name: "Gallery" }).click();
  const card = page.getByRole("main").getByRole("link", { name: new RegExp(name) });
  await expect(card).toContainText("Cancelled");
  await card.click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await expect(page.getByRole("link", { name: "Download PNG" })).toBeHidden();
  await page.getByRole("button", { name: "What happened" }).click();
  await expect(page.getByRole("cell", { name: "queued" })).toBeVisible();
  await page.keyboard.press("Escape");

  const first = page.url();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page).not.toHaveURL(first);
  await page.getByRole("button", { name: `Cancel ${name}` }).click();
  await expect(page.getByText("Cancelled", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await expect(page).toHaveURL(/\/gallery$/);
  await expect(card).toHaveCount(1);
});
