// A return that both boards have to agree to: neither agreement stands for the other, the certifier cannot sign before
// both are there, and then can.

import { NARROW, WIDE, send, steps, text } from "../steps.mjs";

export const name = "a return that both boards agree to";

export default async function (given) {
  const { demo, expect } = given;
  const { arriveAs, look, answerAll, letStand, agree, sign } = steps(given);
  const officer = await arriveAs("grants-officer", WIDE);
  await officer.goto("/returns");
  await officer.locator("main tbody tr:has(.tag.doing) th a").first().click();
  await officer.waitForURL(/\/returns\/[0-9a-f-]+$/);
  const path = new URL(officer.url()).pathname;
  await answerAll(officer, path);
  await letStand(officer, path);
  await officer.goto(`${path}/send`);
  await look(officer, "there is nothing to send yet");
  expect(await officer.locator(`form[action='${path}/sending']`).count() === 0, "it may be sent before it is certified");
  await sendOn();

  // Taken back and changed, it says what changed to whoever reads it again.
  await officer.goto(`${path}/taking-back`);
  const back = officer.locator(`form[action='${path}/taking-back']`);
  await back.locator("[name=reason]").fill("The outreach team has told us more.");
  await send(officer, back);
  await officer.goto(`${path}/sections/5`);
  const section = officer.locator(`form[action='${path}/sections/5']`);
  await section.locator("textarea.input").first().fill("Outreach met twelve people earlier in the night, and nine came again.");
  await send(officer, section);
  await officer.goto(path);
  expect((await text(officer)).includes("Changed since it was sent back"), `what changed is not told: ${await text(officer)}`);
  await look(officer, "the return with what changed since");
  await sendOn();

  const secrets = { certifier: demo.certifier_totp_secret, "head-of-programme": demo.head_of_programme_totp_secret };
  for (const [role, minute] of [["trustee", "Meeting of the trustees, item 4"], ["committee-member", "Committee by telephone, item 2"]]) {
    for (const [signer, secret] of Object.entries(secrets)) {
      expect(!(await sign(signer, secret, path)), `the ${signer} may sign before the ${role} has agreed`);
    }
    const member = await arriveAs(role, NARROW);
    await member.goto(`${path}/agreement`);
    await look(member, `the agreement, to the ${role}`);
    expect(await agree(member, path, minute), `the ${role} is not asked: ${await text(member)}`);
    await member.goto(`${path}/agreement`);
    expect(!(await agree(member, path, minute)), `the ${role} is asked twice`);
    await look(member, `the agreement after it, to the ${role}`);
    await member.context().close();
  }

  let signed = 0;
  for (const [role, secret] of Object.entries(secrets)) {
    const page = await arriveAs(role, WIDE);
    await page.goto(`${path}/certify`);
    const said = await text(page);
    expect(said.includes("Changed since it was sent back"), `the ${role} does not read what changed: ${said}`);
    for (const minute of ["Meeting of the trustees, item 4", "Committee by telephone, item 2"]) {
      expect(said.includes(minute), `the ${role} does not read where it is minuted: ${said}`);
    }
    await page.context().close();
    if (await sign(role, secret, path)) signed += 1;
  }
  expect(signed === 2, `${signed} of two offices signed`);
  await officer.goto(path);
  expect((await text(officer)).includes("Certified"), `it is not certified: ${await text(officer)}`);

  async function sendOn() {
    await officer.goto(path);
    const offer = officer.locator(`form[action='${path}/offer'] button`);
    expect(await offer.count() === 1, `it cannot be sent on: ${await text(officer)}`);
    await Promise.all([officer.waitForURL(/done=offered/), offer.click()]);
  }
}
