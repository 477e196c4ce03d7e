// Starts the built program as the first-time reader of the README does, and stops it.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Runs `PROGRAM demo --port 0 --data-dir FOLDER --json`, which prints one line when it is ready:
 *   {"address": "http://127.0.0.1:PORT", "sign_in": {"grants-officer": "http://…", …}, …}
 * Returns that, with `stop()`. The folder is a fresh one and goes away with it.
 */
export async function startDemo(program, { seconds = 120 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-demo-"));
  const child = spawn(program, ["demo", "--port", "0", "--data-dir", folder, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const last = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    last.push(line);
    if (last.length > 40) last.shift();
  });
  const ended = new Promise((resolve) => child.once("close", resolve));

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await ended;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const told = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready after ${seconds} s`)), seconds * 1000);
      late.unref();
      child.once("error", reject);
      child.once("close", (code, signal) => reject(new Error(`it ended (${code ?? signal})`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith("{")) {
          clearTimeout(late);
          resolve(JSON.parse(line));
        }
      });
    });
    return { ...told, log: last, stop };
  } catch (error) {
    await stop();
    throw new Error(`the demo did not start: ${error.message}\n${last.join("\n")}`);
  }
}
