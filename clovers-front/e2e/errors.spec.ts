import { chooseExample, expect, test, writeScene } from "./fixture";

const refused = `{
  "time_0": 0,
  "time_1": 1,
  "background_color": [0.5, 0.6, 0.8],
  "camera": {
    "look_from": [0, 1, 5], "look_at": [0, 0, 0], "up": [0, 1, 0],
    "vertical_fov": 40, "aperture": 0, "focus_distance": 5
  },
  "objects": [
    { "kind": "Sphere", "center": [0, 0, 0], "radius": "big" }
  ]
}
`;

test("a refused scene shows where it is wrong, and the mended one renders again", async ({
  page,
}) => {
  await page.goto("/studio");
  await chooseExample(page);
  await expect(page.getByRole("img", { name: "Preview of the scene" })).toBeVisible({
    timeout: 60_000,
  });

  await writeScene(page, refused);
  const problem = page.getByRole("button", { name: /\/objects\/0\/radius/ });
  await expect(problem).toBeVisible();
  await expect(page.getByText(/This is the last valid scene/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Render", exact: true })).toBeDisabled();

  await problem.click();
  await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe('"big"');

  await page.keyboard.insertText("1");
  await expect(problem).toBeHidden();
  await expect(page.getByRole("button", { name: "Render", exact: true })).toBeEnabled();
});

test("a slip of the pen is named before the server sees it", async ({ page }) => {
  await page.goto("/studio");
  await chooseExample(page);
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") sent.push(request.postData() ?? "");
  });
  await writeScene(page, '{ "camera": }');
  await expect(page.getByRole("button", { name: "A value is expected here." })).toBeVisible();
  expect(sent.filter((body) => body.includes('"camera": }'))).toEqual([]);
});

test("what is over a limit is said at its field", async ({ page }) => {
  await page.goto("/studio");
  await chooseExample(page);
  await page.getByRole("textbox", { name: "Samples" }).fill("9999999");
  await expect(page.getByText(/^At most [\d,]+\.$/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Render", exact: true })).toBeDisabled();
});

test("while the API is away editing goes on, and the page recovers by itself", async ({ page }) => {
  await page.goto("/studio");
  await chooseExample(page);
  const banner = page.getByText("editing still works");

  const api = /\/(readyz|queue|preview|examples|limits)(\/|\?|$)/;
  await page.route(api, (route) => route.abort());
  await expect(banner).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("button", { name: "Render", exact: true })).toBeDisabled();
  await page.getByRole("textbox", { name: "Name" }).fill("written offline");
  await expect(page.getByText("Draft kept in this browser")).toBeVisible();

  await page.unroute(api);
  await expect(banner).toBeHidden({ timeout: 30_000 });
  await expect(page.getByRole("button", { name: "Render", exact: true })).toBeEnabled();

  await page.reload();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("written offline");
});
