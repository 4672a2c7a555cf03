import { chooseExample, expect, test, writeScene } from "./fixture";

const request = `{
  "scene_file": {
    "time_0": 0, "time_1": 1, "background_color": [0.5, 0.6, 0.8],
    "camera": {
      "look_from": [0, 1, 5], "look_at": [0, 0, 0], "up": [0, 1, 0],
      "vertical_fov": 40, "aperture": 0, "focus_distance": 5
    },
    "objects": [{ "kind": "Sphere", "center": [0, 0, 0], "radius": 1 }]
  },
  "opts": { "width": 200, "height": 100, "samples": 2, "seed": 18446744073709551615 },
  "name": "from a file"
}`;

test("a request opens from a file as scene and settings; the draft before can come back", async ({
  page,
}) => {
  await page.goto("/studio");
  await chooseExample(page);
  await page.getByRole("textbox", { name: "Name" }).fill("mine");

  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({
      name: "request.json",
      mimeType: "application/json",
      buffer: Buffer.from(request),
    });
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("from a file");
  await expect(page.getByRole("textbox", { name: "Width" })).toHaveValue("200");
  await expect(page.getByRole("textbox", { name: "Seed" })).toHaveValue("18446744073709551615");
  const editor = page.getByRole("textbox", { name: "Scene as JSON" });
  await expect(editor).toContainText('"radius": 1');
  await expect(editor).not.toContainText("scene_file");

  await page.getByRole("button", { name: "Bring back mine" }).click();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("mine");
});

test("a request written into the editor can be taken apart", async ({ page }) => {
  await page.goto("/studio");
  await chooseExample(page);
  await writeScene(page, request);
  await page.getByRole("button", { name: "Take its scene and settings" }).click();
  await expect(page.getByRole("textbox", { name: "Width" })).toHaveValue("200");
  await expect(page.getByRole("textbox", { name: "Scene as JSON" })).not.toContainText("opts");
});

test("an edited example is kept over a reload and reverts on demand", async ({ page }) => {
  await page.goto("/studio");
  const title = await chooseExample(page);
  await expect(page.getByRole("button", { name: "Revert" })).toBeHidden();
  await page.getByRole("textbox", { name: "Name" }).fill("changed");
  await expect(page.getByText("Draft kept in this browser")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("changed");
  await page.getByRole("button", { name: "Revert" }).click();
  await expect(page.getByRole("textbox", { name: "Name" })).not.toHaveValue("changed");
  expect(title).not.toBe("");
});
