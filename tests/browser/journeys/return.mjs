// The short return from its draft to its sending: the grants officer answers and explains and sends it on; the boards
// agree where the award asks them; whoever signs shows the second check and certifies; the sending is recorded, and
// the deadline is closed. Each page on the way is looked at, at both widths: these are pages that only a return which
// has come so far has.

import { accessible, complaints, noSidewaysScroll, wellMade } from "../checks.mjs";
import { oneTimeCode } from "../browser.mjs";

export const name = "a return from draft to sent";

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 };

export default async function ({ people, demo, expect }) {
  const officer = await arriveAs("grants-officer", WIDE);
  await officer.goto("/returns");
  await officer.locator("main tbody tr:has(.tag.late) th a").first().click();
  await officer.waitForURL(/\/returns\/[0-9a-f-]+$/);
  const path = new URL(officer.url()).pathname;

  // What is missing is answered, page by page, until nothing is.
  for (let left = 12; left > 0; left -= 1) {
    await officer.goto(path);
    const lack = officer.locator("#missing + .tasks a[href*='/sections/']").first();
    if (!(await lack.count())) break;
    await answer(officer, await lack.getAttribute("href"));
  }
  await officer.goto(path);
  expect(await officer.locator("#missing").count() === 0, `something is still missing: ${await text(officer)}`);

  // What was found is let stand, each with its reason.
  for (let left = 20; left > 0; left -= 1) {
    const form = officer.locator(`form[action='${path}/silenced']`).first();
    if (!(await form.count())) break;
    const which = await form.locator("[name=code]").getAttribute("value");
    const before = await officer.locator(`form[action='${path}/silenced']`).count();
    const fold = officer.locator("details:not([open])", { has: officer.locator(`form[action='${path}/silenced']`) }).first();
    if (await fold.count()) await fold.locator("summary").click();
    await form.locator("[name=reason]").fill("The month's file is still with the finance system; agreed with the funder.");
    await send(officer, form);
    await officer.goto(path);
    const after = await officer.locator(`form[action='${path}/silenced']`).count();
    expect(after < before, `what was let stand is still asked: ${which}`);
  }

  const offer = officer.locator(`form[action='${path}/offer']`);
  expect(await offer.count() === 1, `it cannot be sent on: ${await text(officer)}`);
  await send(officer, offer);
  await officer.goto(path);
  await look(officer, "the return while others have it");
  await officer.goto(`${path}/taking-back`);
  await look(officer, "taking it back");
  await officer.goto(`${path}/sections/0`);
  await look(officer, "a section that is before others");

  // The boards, on their telephones.
  for (const role of ["trustee", "committee-member"]) {
    const member = await arriveAs(role, NARROW);
    await member.goto(`${path}/agreement`);
    await look(member, `the agreement, to the ${role}`);
    const form = member.locator(`form[action='${path}/agreement']`);
    if (await form.count()) {
      await form.locator("[name=minute]").fill("Meeting by telephone, item 2");
      await send(member, form);
      expect(new URL(member.url()).searchParams.get("done") === "agreed", `the agreement was not recorded: ${await text(member)}`);
    }
    await member.context().close();
  }

  // Whoever has to sign, with the second check.
  const secrets = { certifier: demo.certifier_totp_secret, "head-of-programme": demo.head_of_programme_totp_secret };
  for (const [role, secret] of Object.entries(secrets)) {
    const signer = await arriveAs(role, NARROW);
    await signer.goto(`${path}/certify`);
    const form = signer.locator(`form[action='${path}/certification']`);
    if (!(await form.count())) {
      await signer.context().close();
      continue;
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
    }
    await look(signer, "the certificate");
    await send(signer, form);
    expect(new URL(signer.url()).searchParams.get("done") === "certified", `it was not certified: ${await text(signer)}`);
    await look(signer, "the return to whoever signed it");
    await signer.context().close();
  }

  // Only the sending closes the deadline.
  await officer.goto(path);
  expect(await officer.locator(`main .actions a[href='${path}/send']`).count() === 1, `it waits for something else: ${await text(officer)}`);
  await look(officer, "the certified return");
  await officer.goto("/deadlines");
  expect(await officer.locator(`main a[href='${path}']`).count() > 0, "certifying alone took the deadline away");
  await officer.goto(`${path}/send`);
  await look(officer, "recording the sending");
  const sending = officer.locator(`form[action='${path}/sending']`);
  await sending.locator("[name=to]").fill("returns@dcr.example");
  await sending.locator("[name=receipt]").fill("DCR-2041");
  await sending.locator("[name=how]").first().check();
  await send(officer, sending);
  expect(new URL(officer.url()).searchParams.get("done") === "sent", `the sending was not recorded: ${await text(officer)}`);
  expect((await text(officer)).includes("DCR-2041"), "the return does not show its receipt");
  await look(officer, "the sent return");
  await officer.goto("/");
  expect(await officer.locator(`main .duties a[href='${path}']`).count() === 0, "a sent return is still due");
  await officer.goto(`${path}/reopen`);
  await look(officer, "opening it again");
  const funder = await arriveAs("funders-officer", NARROW);
  await funder.goto("/");
  await look(funder, "Today to the funder, who has it now");
  const shown = await funder.goto(path);
  expect(shown.ok(), `the funder cannot see what was sent: ${shown.status()}`);
  expect(await funder.locator(`form[method=post][action^='${path}']`).count() === 0, "the funder is offered to change it");
  await look(funder, "the sent return, to the funder");
  const certified = await officer.request.get(`${path}/certified`);
  expect(certified.ok() && (await certified.body()).subarray(0, 2).toString() === "PK", "the certified workbook is not there");

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

  /** Fills what is empty of a section's questions and saves them. */
  async function answer(page, href) {
    const { pathname } = new URL(href, demo.address);
    await page.goto(pathname);
    const form = page.locator(`form[action='${pathname}']`);
    for (const field of await form.locator("input.input, textarea.input").all()) {
      if (await field.inputValue()) continue;
      const isLong = await field.evaluate((element) => element.localName === "textarea");
      await field.fill(isLong ? "Outreach met people earlier in the night." : "12");
    }
    await send(page, form);
  }
}

/** Presses a form's button, and waits for the page after it. */
async function send(page, form) {
  const button = form.locator("button[type=submit]").first();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}


const text = (page) => page.locator("main").innerText();
