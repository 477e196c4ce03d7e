// The short return from its draft to its sending: the grants officer answers and explains and sends it on; the boards
// agree where the award asks them; whoever signs shows the second check and certifies; the sending is recorded, and
// the deadline is closed. Each page on the way is looked at, at both widths: these are pages that only a return which
// has come so far has.

import { NARROW, WIDE, send, steps, text } from "../steps.mjs";

export const name = "a return from draft to sent";

export default async function (given) {
  const { demo, expect } = given;
  const { arriveAs, look, answerAll, letStand, agree, sign } = steps(given);
  const officer = await arriveAs("grants-officer", WIDE);
  await officer.goto("/returns");
  await officer.locator("main tbody tr:has(.tag.late) th a").first().click();
  await officer.waitForURL(/\/returns\/[0-9a-f-]+$/);
  const path = new URL(officer.url()).pathname;

  // What is missing is answered, page by page, and what was found is let stand, each with its reason.
  await answerAll(officer, path);
  await letStand(officer, path);

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
    await agree(member, path, "Meeting by telephone, item 2");
    await member.context().close();
  }

  // Whoever has to sign, with the second check.
  const secrets = { certifier: demo.certifier_totp_secret, "head-of-programme": demo.head_of_programme_totp_secret };
  for (const [role, secret] of Object.entries(secrets)) {
    await sign(role, secret, path);
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
  expect(await funder.locator(`form[method=post][action^='${path}']:not([action$='/acceptance'])`).count() === 0, "the funder is offered to change it");
  await look(funder, "the sent return, to the funder");
  await funder.goto(`${path}/funder-changes`);
  await look(funder, "what the funder wants changed");
  const certified = await officer.request.get(`${path}/certified`);
  expect(certified.ok() && (await certified.body()).subarray(0, 2).toString() === "PK", "the certified workbook is not there");
}
