// A house in which nothing is yet, as whoever sets one up first sees it: three people are let in on the command line.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts `serve` on an empty database. Returns `{address, sign_in, stop}`, as a demo is told. */
export async function startEmpty(program, { seconds = 60 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-empty-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const address = `http://${listen}`;
  const env = { ...process.env, TRIBUTARY_DATA_DIR: folder, TRIBUTARY_LISTEN: listen };
  let child;
  const stop = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await ended;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const sign_in = {};
    for (const role of ["administrator", "grants-officer", "finance-officer"]) {
      const home = role === "administrator" ? ["--home-name", "A charity", "--home-org-id", "GB-CHC-1234567"] : [];
      const { stdout } = await run(program, ["invite", `${role}@example.org`, "--name", role, "--role", role, ...home], { env });
      sign_in[role] = stdout.match(/https?:\/\/\S+/)[0];
    }
    child = spawn(program, ["serve"], { env, stdio: "ignore" });
    const until = Date.now() + seconds * 1000;
    for (;;) {
      const live = await fetch(`${address}/health/live`).then((reply) => reply.ok, () => false);
      if (live) break;
      if (child.exitCode !== null || Date.now() > until) throw new Error("an empty house did not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { address, sign_in, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
