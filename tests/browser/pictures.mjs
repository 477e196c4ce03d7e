// The pictures of the README, taken from the demo.
//
//   cargo build && tests/run install
//   TRIBUTARY_NODE_MODULES=~/.cache/tributary/browser-…/node_modules \
//       node tests/browser/pictures.mjs --program target/debug/tributary
//
// Which pages: by their names in pages.json. The pictures go to docs/pictures.

import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launch, People } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { arrive } from "./pages.mjs";

const WIDE = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2 };
const WANTED = [
  ["today", WIDE],
  ["return", WIDE],
  ["spend-not-settled", WIDE],
  ["figure", WIDE],
  ["pool", WIDE],
  ["today-trustee", PHONE],
];

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({ options: { program: { type: "string" } } });
if (!values.program) {
  console.error("which program? --program target/debug/tributary");
  process.exit(2);
}
const folder = here("../../docs/pictures");
await mkdir(folder, { recursive: true });
const pages = JSON.parse(await readFile(here("pages.json"), "utf8"));
const demo = await startDemo(resolve(values.program));
let browser;
try {
  browser = await launch();
  const people = new People(browser, demo);
  // The worker drafts what is due in its first seconds.
  const officer = await (await people.context("grants-officer", WIDE)).newPage();
  await officer.goto(demo.address);
  while (!(await officer.getByText("Overdue", { exact: true }).count())) {
    await officer.waitForTimeout(500);
    await officer.reload();
  }
  for (const [name, options] of WANTED) {
    const entry = pages.find((page) => page.name === name);
    const visitor = await people.context(entry.as, options);
    const page = await visitor.newPage();
    await arrive(page, entry, demo.address);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await visitor.close();
  }
} finally {
  await browser?.close();
  await demo.stop();
}
