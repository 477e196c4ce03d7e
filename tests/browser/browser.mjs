// The system's Chromium, and people who are signed in.

import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

// tests/run keeps the installed packages outside the clone and says where.
const installed = process.env.TRIBUTARY_NODE_MODULES;
const require = createRequire(installed ? join(installed, "here.js") : import.meta.url);
const { chromium } = require("playwright-core");

export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Chromium with a fresh profile (made and removed by the driver), asking nobody outside for anything. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.TRIBUTARY_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", // Chromium refuses its sandbox to root, which CI is.
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What every context here is: a British visitor who waits at most a quarter of a minute. */
export async function context(browser, options = {}) {
  const made = await browser.newContext({
    locale: "en-GB",
    timezoneId: "Europe/London",
    reducedMotion: "reduce",
    ...options,
  });
  made.setDefaultTimeout(15_000);
  return made;
}

/** The people of a demo. Each signs in once, by the link, as a person would. */
export class People {
  #browser;
  #demo;
  #states = new Map();

  constructor(browser, demo) {
    this.#browser = browser;
    this.#demo = demo;
  }

  /** A context in which this role is signed in; `null` is a visitor who is not. */
  async context(role, options = {}) {
    const storageState = role ? await this.#state(role) : undefined;
    return context(this.#browser, { storageState, baseURL: this.#demo.address, ...options });
  }

  /** From now on this is how the role is signed in: what it showed or changed stays so. */
  keep(role, state) {
    this.#states.set(role, Promise.resolve(state));
  }

  #state(role) {
    if (!this.#states.has(role)) this.#states.set(role, role === "guest" ? this.#byLink() : this.#signIn(role));
    return this.#states.get(role);
  }

  /** A grants officer makes a link for somebody at a funder, who opens it. */
  async #byLink() {
    const officer = await this.context("grants-officer");
    const visitor = await context(this.#browser, { baseURL: this.#demo.address });
    try {
      const made = await officer.newPage();
      await made.goto("/shared-documents");
      await made.goto((await made.locator("main tbody td a[href^='/organisations/']").first().getAttribute("href")) + "/links/new");
      await made.locator("input[name=contact_id][value=by-hand]").check();
      await made.locator("[name=for_whom]").fill("A guest");
      const ends = new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString().slice(0, 10).split("-").reverse().join("/");
      await made.locator("[name=ends_on]").fill(ends);
      await made.locator("main form button").last().click();
      const link = new URL((await made.locator("main .letter").textContent()).trim());
      const page = await visitor.newPage();
      await page.goto(link.pathname + link.search);
      await page.locator("main form button").click();
      await page.locator('form[action="/funder-link/leaving"]').waitFor({ state: "attached" });
      return await visitor.storageState();
    } finally {
      await officer.close();
      await visitor.close();
    }
  }

  async #signIn(role) {
    const link = this.#demo.sign_in?.[role];
    if (!link) {
      const known = Object.keys(this.#demo.sign_in ?? {}).join(", ");
      throw new Error(`the demo has no sign-in link for "${role}", only for: ${known}`);
    }
    const visitor = await context(this.#browser, { baseURL: this.#demo.address });
    try {
      const page = await visitor.newPage();
      await page.goto(link);
      // The link only shows a button, so that a mail program's preview does not use it up.
      await page.locator("main form button").first().click();
      const code = page.locator("input[autocomplete=one-time-code]");
      if (await code.count()) {
        const secret = this.#demo.second_factor?.[role] ?? (await page.locator("main code").textContent());
        await code.fill(oneTimeCode(secret));
        await page.locator("main form button").first().click();
      }
      const signedIn = page.locator('form[action="/sign-out"]').waitFor({ state: "attached" });
      if (!(await signedIn.then(() => true, () => false))) {
        const said = await page.locator("main").innerText();
        throw new Error(`"${role}" could not sign in; the page says: ${said}`);
      }
      return await visitor.storageState();
    } finally {
      await visitor.close();
    }
  }
}

/** The six figures that an authenticator app would show now (RFC 6238). */
export function oneTimeCode(secret, seconds = Date.now() / 1000) {
  let bits = "";
  for (const letter of secret.toUpperCase().replace(/[^A-Z2-7]/g, "")) {
    bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
