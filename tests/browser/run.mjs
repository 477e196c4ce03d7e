// The pages in a real browser.
//
//   node tests/browser/run.mjs --program target/debug/tributary [--pictures FOLDER] [--only NAME]
//
// It starts a demo, signs in by role, and looks at each page of pages.json at 320 and 1280 pixels,
// with scripts and without: its status, what the browser complains of, axe, sideways scrolling; does the
// same with pages-empty.json in a house in which nothing is yet; then it walks each journey of journeys/.
// It ends with "N passed, N failed".
//
// A page in pages.json:
//   name     of its picture; unique
//   as       the role that looks, as the demo names it, or "guest": whoever opened a link that was made for a
//            funder; left out: somebody not signed in
//   path     where it begins, "/" unless told
//   follow   what to click from there, in turn: a CSS selector, or {"link": "its text"}, or
//            {"role": "button", "name": "its text"}; so pages whose address holds an id are found;
//            or {"beyond": "/path"}: the page's own address with this after it, where nothing leads
//   expect   a text, or several, that it must show
//   status   200 unless told
//   needsScripts  true for the rare page that says so itself
//
// A journey is a module with `name` and a default function; it is given {browser, demo, people,
// expect}, where expect(condition, sentence) fails it with the sentence.

import { readFile, readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launch, People } from "./browser.mjs";
import { Score } from "./checks.mjs";
import { startDemo } from "./demo.mjs";
import { startEmpty } from "./empty.mjs";
import { checkPages } from "./pages.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({
  options: {
    program: { type: "string" },
    pictures: { type: "string" },
    only: { type: "string" },
  },
});
if (!values.program) {
  console.error("which program? --program target/debug/tributary");
  process.exit(2);
}
const wanted = (name) => !values.only || name.includes(values.only);

const score = new Score();
let demo, empty, browser;
try {
  demo = await startDemo(resolve(values.program));
  browser = await launch();
  const people = new People(browser, demo);
  const pages = JSON.parse(await readFile(here("pages.json"), "utf8"));
  await checkPages({
    people,
    address: demo.address,
    list: pages.filter(({ name }) => wanted(name)),
    pictures: values.pictures && resolve(values.pictures),
    score,
  });
  empty = await startEmpty(resolve(values.program));
  const nothing = JSON.parse(await readFile(here("pages-empty.json"), "utf8"));
  await checkPages({
    people: new People(browser, empty),
    address: empty.address,
    list: nothing.filter(({ name }) => wanted(name)),
    pictures: values.pictures && resolve(values.pictures),
    score,
  });
  for (const file of (await readdir(here("journeys"))).filter((name) => name.endsWith(".mjs")).sort()) {
    const journey = await import(new URL(`journeys/${file}`, import.meta.url));
    if (!wanted(journey.name)) continue;
    await score.attempt(`journey: ${journey.name}`, async () => {
      const before = browser.contexts();
      const expect = (condition, sentence) => {
        if (!condition) throw new Error(sentence);
      };
      try {
        await journey.default({ browser, demo, people, expect });
      } finally {
        for (const left of browser.contexts().filter((one) => !before.includes(one))) await left.close();
      }
    });
  }
} catch (error) {
  score.record("the demo in a browser", [error.stack ?? String(error)]);
} finally {
  await browser?.close();
  await demo?.stop();
  await empty?.stop();
}
process.exitCode = score.close();
