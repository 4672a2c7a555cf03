import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const startMs = 90_000;
const stopMs = 20_000;

/**
 * Runs before the stories: a farm of their own on a free port, with a data folder that is thrown
 * away. `CLOVERS_E2E_URL` names one that runs already instead.
 */
// biome-ignore lint/style/noDefaultExport: Playwright calls the default export.
export default async function startFarm(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.CLOVERS_E2E_URL) return undefined;

  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const program = join(target, "debug/clovers-local");
  const ui = join(root, "clovers-front/dist");
  if (!existsSync(program)) throw new Error("Build the farm first: cargo build --workspace --bins");
  if (!existsSync(join(ui, "index.html"))) throw new Error("Build the front first: npm run build");

  const data = mkdtempSync(join(tmpdir(), "clovers-e2e-"));
  // Under root, Postgres runs as another user, who must pass through.
  chmodSync(data, 0o755);
  const address = `127.0.0.1:${await freePort()}`;
  const { DATABASE_URL: _, REDIS_URL: __, ...env } = process.env;
  const logs = join(root, "clovers-front/test-results");
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, "farm.log"), "w");
  const farm = spawn(program, ["up"], {
    cwd: root,
    env: {
      ...env,
      CLOVERS_DATA_DIR: data,
      CLOVERS_LISTEN_ADDRESS: address,
      CLOVERS_UI_DIR: ui,
    },
    stdio: ["ignore", log, log],
  });

  const stop = async () => {
    await interrupt(farm);
    rmSync(data, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  try {
    await ready(url, farm);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env.CLOVERS_E2E_URL = url;
  return stop;
}

async function ready(url: string, farm: ChildProcess): Promise<void> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    if (farm.exitCode !== null) {
      throw new Error(`The farm ended with code ${farm.exitCode}; see test-results/farm.log`);
    }
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error("The farm was not ready in time; see test-results/farm.log");
}

async function interrupt(farm: ChildProcess): Promise<void> {
  if (farm.exitCode !== null) return;
  const ended = new Promise((end) => farm.once("exit", end));
  farm.kill("SIGINT");
  const late = setTimeout(() => farm.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(late);
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") found(address.port);
        else failed(new Error("No free port"));
      });
    });
  });
}
