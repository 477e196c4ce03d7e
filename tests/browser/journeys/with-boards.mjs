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

  // Spend that comes after it was certified is said before it is sent, with the way to correct it beside.
  await spend("250.00");
  await until("Changed since it was certified");
  await look(officer, "the certified return whose figures would be others");
  await officer.goto("/");
  expect((await text(officer)).includes("Changed since it was certified, and not sent yet"), `Today does not say it: ${await text(officer)}`);
  await look(officer, "Today, with a certified return that changed");
  await officer.goto(`${path}/send`);
  await look(officer, "sending it although it changed");
  expect(await officer.locator("form [name=knows]").count() === 1, "it is sent without being told what changed");
  await officer.goto(`${path}/reopen`);
  const again = officer.locator(`form[action='${path}/reopen']`);
  await again.locator("[name=reason]").fill("An invoice came late.");
  await send(officer, again);
  await officer.goto(path);
  // The worker brings drafts up to date too, every quarter of an hour: whichever of the two is first.
  const draft = officer.locator(`form[action='${path}/draft']`);
  if (await draft.count()) await send(officer, draft);
  await officer.goto(path);
  expect(await draft.count() === 0, `its figures are not up to date: ${await text(officer)}`);
  await answerAll(officer, path);
  await letStand(officer, path);
  await officer.goto(`${path}/resubmission`);
  await look(officer, "asking why it is sent on again");
  const resubmission = officer.locator(`form[action='${path}/offer']`);
  await resubmission.locator("[name=reason]").fill("An invoice of the last month came late.");
  await send(officer, resubmission);
  await look(officer, "the return that is sent on again");

  // And what comes while others have it before them sends it back to whoever prepares it.
  await spend("125.00");
  await until("Nobody can sign it as it is");
  await look(officer, "the return that newer facts overtook");
  for (const page of ["agreement", "certify"]) {
    await officer.goto(`${path}/${page}`);
    await look(officer, `what nobody can sign: ${page}`);
    expect(await officer.locator(`main .actions a[href='${path}/taking-back']`).count() === 1, `${page} does not lead back`);
  }

  /** A journal of the return's last month, prepared by one and approved by the other. */
  async function spend(pounds) {
    await officer.goto(path);
    const [, month, year] = (await officer.locator("h1").innerText()).match(/to (\w+) (\d{4})/);
    const finance = await arriveAs("finance-officer", WIDE);
    await finance.goto("/journals/new");
    const form = finance.locator("form[action='/journals']");
    for (const [name, value] of [
      ["reason", "Outreach that was billed late"], ["evidence", "The invoice, in the journals folder"], ["total_pence", pounds],
      ["incurred_on_1", `15 ${month} ${year}`], ["amount_pence_1", pounds], ["description_1", "Outreach"],
    ]) {
      await form.locator(`[name=${name}]`).fill(value);
    }
    await form.locator("[name=pool_id_1]").selectOption({ label: "Rough sleeping" });
    await form.locator("[name=category_id_1]").selectOption({ label: "Support for people sleeping rough" });
    const button = form.getByRole("button", { name: "Send it to be approved" });
    await Promise.all([finance.waitForURL(/\/journals\/[0-9a-f-]+$/), button.click()]);
    const journal = new URL(finance.url()).pathname;
    await finance.context().close();
    await officer.goto(journal);
    await look(officer, "the journal that changes a return");
    await send(officer, officer.locator(`form[action='${journal}/approval']`));
  }

  /** The return once it says this: spend is attributed within seconds. */
  async function until(words) {
    for (let left = 60; left > 0; left -= 1) {
      await officer.goto(path);
      if ((await text(officer)).includes(words)) return;
      await officer.waitForTimeout(500);
    }
    expect(false, `it does not say “${words}”: ${await text(officer)}`);
  }

  async function sendOn() {
    await officer.goto(path);
    const offer = officer.locator(`form[action='${path}/offer'] button`);
    expect(await offer.count() === 1, `it cannot be sent on: ${await text(officer)}`);
    await Promise.all([officer.waitForURL(/done=offered/), offer.click()]);
  }
}
