// What every page must be, whatever it shows. Each check returns its findings as sentences.

import { axeSource } from "./browser.mjs";

/** Counts and prints; the last line of a run is its sum. */
export class Score {
  passed = 0;
  failed = 0;

  record(what, findings) {
    if (findings.length === 0) {
      this.passed += 1;
      return;
    }
    this.failed += 1;
    console.log(`FAILED ${what}`);
    for (const finding of findings) console.log(`    ${finding.replaceAll("\n", "\n    ")}`);
  }

  /** Runs a check whose failing is an exception. */
  async attempt(what, action) {
    try {
      const findings = await action();
      this.record(what, Array.isArray(findings) ? findings : []);
    } catch (error) {
      this.record(what, [error.stack ?? String(error)]);
    }
  }

  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}

/** Everything axe knows, WCAG 2.2 AA and good practice, on the page as it stands. */
export async function accessible(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    // Off by default in axe, and part of WCAG 2.2 AA.
    globalThis.axe.run(document, { rules: { "target-size": { enabled: true } } }),
  );
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ html, target, failureSummary }) =>
      `${id} (${impact}): ${help}\n  at ${target.join(" ")}: ${html.slice(0, 160)}\n  ${failureSummary.replaceAll("\n", "\n  ")}`,
    ),
  );
}

/** The page itself never scrolls sideways; a wide table may, inside its own frame. */
export async function noSidewaysScroll(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= width) return [];
    const framed = (element) => {
      for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
        if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
      }
      return false;
    };
    const wide = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width + 1 && !framed(element),
    );
    const told = wide.slice(0, 5).map((element) => {
      const right = Math.round(element.getBoundingClientRect().right);
      return `<${element.localName} class="${element.getAttribute("class") ?? ""}"> reaches to ${right} px of ${width}`;
    });
    return [`the page scrolls sideways at ${width} px`, ...told];
  });
}

/** A title, a language, one first heading, one main part; nothing twice under one id. */
export async function wellMade(page) {
  return page.evaluate(() => {
    const findings = [];
    const count = (selector) => document.querySelectorAll(selector).length;
    if (!document.title.trim()) findings.push("the page has no title");
    if (!document.documentElement.lang) findings.push("the page does not say its language");
    if (count("h1") !== 1) findings.push(`the page has ${count("h1")} first headings`);
    if (count("main") !== 1) findings.push(`the page has ${count("main")} main parts`);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
    for (const id of twice) findings.push(`the id "${id}" stands on more than one element`);
    return findings;
  });
}

/** Listens to a page until `end()`; the returned function tells what a person's browser would complain of. */
export function complaints(page, origin) {
  const heard = [];
  const listeners = {
    console: (message) => {
      if (message.type() === "error" && !expected(message.text())) heard.push(`console: ${message.text()}`);
    },
    pageerror: (error) => heard.push(`script: ${error.message}`),
    request: (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      if (protocol.startsWith("http") && asked !== origin) heard.push(`asks another host: ${request.url()}`);
    },
    response: (response) => {
      const isPage = response.request().isNavigationRequest();
      if (!isPage && response.status() >= 400) heard.push(`${response.status()} for ${response.url()}`);
    },
    requestfailed: (request) => {
      const why = request.failure()?.errorText;
      // The browser drops what it was fetching when it is sent elsewhere.
      if (why !== "net::ERR_ABORTED") heard.push(`${why} for ${request.url()}`);
    },
  };
  for (const [event, listener] of Object.entries(listeners)) page.on(event, listener);
  const told = () => heard;
  told.end = () => {
    for (const [event, listener] of Object.entries(listeners)) page.off(event, listener);
  };
  return told;
}

// Chromium says so of every page whose status is an error, also of one that was asked for. What a
// page fetches is heard of under "response".
const expected = (text) => text.startsWith("Failed to load resource: the server responded with a status of");
