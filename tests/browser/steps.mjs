// What people do in more than one journey: arrive, look at a page, answer, let findings stand, agree, sign. A journey
// calls `steps(its own arguments)` and is given them.

import { accessible, complaints, noSidewaysScroll, wellMade } from "./checks.mjs";
import { oneTimeCode } from "./browser.mjs";

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 320, height: 640 };

export function steps({ people, demo, expect }) {
  return { arriveAs, look, answerAll, letStand, agree, sign };

  async function arriveAs(role, viewport) {
    const page = await (await people.context(role, { viewport })).newPage();
    page.heard = complaints(page, new URL(demo.address).origin);
    return page;
  }

  /** Looks at a page as it stands, at both widths. */
  async function look(page, what) {
    const kept = page.viewportSize();
    const findings = [...(await wellMade(page)), ...(await accessible(page))];
    await page.setViewportSize(NARROW);
    findings.push(...(await noSidewaysScroll(page)));
    await page.setViewportSize(kept);
    findings.push(...page.heard());
    expect(findings.length === 0, `${what}, ${page.url()}:\n${findings.join("\n")}`);
  }

  /** Answers what is missing, section by section, until nothing is. */
  async function answerAll(page, path) {
    for (let left = 12; left > 0; left -= 1) {
      await page.goto(path);
      const lack = page.locator("#missing + .tasks a[href*='/sections/']").first();
      if (!(await lack.count())) break;
      await answer(page, await lack.getAttribute("href"));
    }
    await page.goto(path);
    expect(await page.locator("#missing").count() === 0, `something is still missing: ${await text(page)}`);
  }

  /** Fills what is empty of a section's questions, but for optional details, and saves them. */
  async function answer(page, href) {
    const { pathname } = new URL(href, demo.address);
    await page.goto(pathname);
    const form = page.locator(`form[action='${pathname}']`);
    for (const field of await form.locator("input.input, textarea.input, select.input").all()) {
      if ((await field.inputValue()) || (await mayStayEmpty(field))) continue;
      const kind = await field.evaluate((element) => element.localName);
      if (kind === "select") await field.selectOption({ index: 1 });
      else await field.fill(kind === "textarea" ? "Outreach met people earlier in the night." : "12");
    }
    for (const asked of await form.locator("fieldset:not(:has(:checked))").all()) {
      if (!(await asked.innerText()).includes("(optional)")) await asked.locator("input[type=radio]").first().check();
    }
    await send(page, form);
  }

  /** Lets what was found stand, each with its reason. */
  async function letStand(page, path) {
    const silence = `form[action='${path}/silenced']`;
    await page.goto(path);
    for (let left = 30; left > 0; left -= 1) {
      const form = page.locator(silence).first();
      if (!(await form.count())) break;
      const which = await form.locator("[name=code]").getAttribute("value");
      const before = await page.locator(silence).count();
      const fold = page.locator("details:not([open])", { has: page.locator(silence) }).first();
      if (await fold.count()) await fold.locator("summary").click();
      await form.locator("[name=reason]").fill("The month's file is still with the finance system; agreed with the funder.");
      await send(page, form);
      await page.goto(path);
      const after = await page.locator(silence).count();
      expect(after < before, `what was let stand is still asked: ${which}`);
    }
  }

  /** A board's member agrees, if they are asked; tells whether they were. */
  async function agree(member, path, minute) {
    const form = member.locator(`form[action='${path}/agreement']`);
    if (!(await form.count())) return false;
    await form.locator("[name=minute]").fill(minute);
    await send(member, form);
    const done = new URL(member.url()).searchParams.get("done");
    expect(done === "agreed", `the agreement was not recorded: ${await text(member)}`);
    return true;
  }

  /** Whoever may sign next does, with the second check; tells whether this was they. */
  async function sign(role, secret, path) {
    const signer = await arriveAs(role, NARROW);
    await signer.goto(`${path}/certify`);
    const form = signer.locator(`form[action='${path}/certification']`);
    if (!(await form.count())) {
      await signer.context().close();
      return false;
    }
    await look(signer, "the certificate before the second check");
    const check = form.locator("a[href^='/sign-in/code']");
    if (await check.count()) {
      await check.click();
      await signer.waitForURL(/\/sign-in\/code/);
      await look(signer, "the second check");
      const code = signer.locator("form[action='/sign-in/code']");
      await code.locator("[name=code]").fill(oneTimeCode(secret));
      await send(signer, code);
      expect(new URL(signer.url()).pathname === `${path}/certify`, `the second check does not lead back: ${signer.url()}`);
      // The session has another secret now, and its code was used: a later journey goes on with it.
      people.keep(role, await signer.context().storageState());
    }
    await look(signer, "the certificate");
    await send(signer, form);
    expect(new URL(signer.url()).searchParams.get("done") === "certified", `it was not certified: ${await text(signer)}`);
    await look(signer, "the return to whoever signed it");
    await signer.context().close();
    return true;
  }
}

/** Optional, and no account of anything: an explanation is optional only until a difference asks for it. */
const mayStayEmpty = (field) =>
  field.evaluate((element) => (element.labels?.[0]?.textContent ?? "").includes("(optional)") && !("words" in element.dataset));

/** Presses a form's button, and waits for the page after it. */
export async function send(page, form) {
  const button = form.locator("button[type=submit]").first();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

export const text = (page) => page.locator("main").innerText();
