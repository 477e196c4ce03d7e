// Goes to each page of the list, at both widths, with scripts and without, and looks at it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { accessible, complaints, noSidewaysScroll, wellMade } from "./checks.mjs";

const FACES = [
  { face: "wide", viewport: { width: 1280, height: 900 }, javaScriptEnabled: true },
  { face: "narrow", viewport: { width: 320, height: 640 }, javaScriptEnabled: true },
  { face: "narrow, no scripts", viewport: { width: 320, height: 640 }, javaScriptEnabled: false },
];

export async function checkPages({ people, address, list, pictures, score }) {
  if (pictures) await mkdir(pictures, { recursive: true });
  const names = list.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  score.record("every page of the list has a name of its own", twice.map((name) => `"${name}" is there twice`));
  const looks = list
    .flatMap((entry) => FACES.map((face) => ({ entry, ...face })))
    .filter(({ entry, javaScriptEnabled }) => javaScriptEnabled || !entry.needsScripts);
  // Whoever looks at one page with one face looks at the next in the same window: a new one costs as much as the look.
  const order = ({ entry, face }) => `${entry.as ?? ""} ${face}`;
  looks.sort((a, b) => order(a).localeCompare(order(b)));
  const next = async () => {
    let window = null;
    for (let one = looks.shift(); one; one = looks.shift()) {
      const { entry, face, ...options } = one;
      await score.attempt(`${entry.name}, ${face}`, async () => {
        if (window?.of !== order(one)) {
          await window?.visitor.close();
          window = null;
          const visitor = await people.context(entry.as ?? null, options);
          window = { of: order(one), visitor, page: await visitor.newPage() };
        }
        return await look(window.page, { entry, face, options, address, pictures });
      });
    }
    await window?.visitor.close();
  };
  // Looking changes nothing, so three look at once.
  await Promise.all([next(), next(), next()]);
}

async function look(page, { entry, face, options, address, pictures }) {
  const heard = complaints(page, new URL(address).origin);
  try {
    return await lookHearing(page, heard, { entry, face, options, address, pictures });
  } finally {
    heard.end();
  }
}

async function lookHearing(page, heard, { entry, face, options, address, pictures }) {
  const findings = [];
  const status = await arrive(page, entry, address);
  if (status !== (entry.status ?? 200)) findings.push(`the status is ${status}`);
  for (const text of [entry.expect ?? []].flat()) {
    if (!(await page.locator("body").innerText()).includes(text)) findings.push(`it does not say "${text}"`);
  }
  // Without scripts a page looks as it does with them, or says less.
  if (pictures && options.javaScriptEnabled) {
    const width = options.viewport.width;
    const name = `${entry.name}-${width}.png`;
    await page.screenshot({ path: join(pictures, name), fullPage: true });
  }
  findings.push(...(await wellMade(page)));
  if (options.viewport.width === 320) findings.push(...(await noSidewaysScroll(page)));
  // axe is a script of its own; without scripts the page is the same or less.
  if (options.javaScriptEnabled) findings.push(...(await accessible(page)));
  findings.push(...heard());
  return findings.map((finding) => `${finding}\n  on ${page.url()} (${face})`);
}

/** By address, then by clicking: a page whose address holds an id is found as a person finds it. */
export async function arrive(page, entry, address) {
  let response = await page.goto(new URL(entry.path ?? "/", address).href);
  for (const step of entry.follow ?? []) {
    if (step.beyond) {
      response = await page.goto(new URL(page.url()).origin + new URL(page.url()).pathname + step.beyond);
      continue;
    }
    const link =
      typeof step === "string"
        ? page.locator(step).first()
        : page.getByRole(step.role ?? "link", { name: step.link ?? step.name, exact: step.exact ?? false }).first();
    if (!(await link.count())) {
      throw new Error(`${page.url()} has nothing to follow as ${JSON.stringify(step)}`);
    }
    // In the menu of a narrow screen, a link is out of sight until the menu is opened.
    if (!(await link.isVisible())) {
      const folded = page.locator("details:not([open])", { has: link }).first();
      if (await folded.count()) await folded.locator("summary").click();
    }
    const [next] = await Promise.all([
      page.waitForResponse((reply) => reply.request().isNavigationRequest() && reply.status() < 300 || reply.status() >= 400),
      link.click(),
    ]);
    await page.waitForLoadState();
    response = next;
  }
  return response?.status();
}
