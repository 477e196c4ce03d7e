// A finance officer pins part of a line to another award: what it moves is shown first; it is on the line's
// page with the reason, and is taken off. An auditor reads it and has nothing to press.

export const name = "pins";

async function pictured(page, what) {
  const folder = process.env.TRIBUTARY_PICTURES_OF_JOURNEYS;
  if (!folder) return;
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${folder}/pins-${what}-${width}.png`, fullPage: true });
  }
}

export default async function ({ people, expect }) {
  const officer = await (await people.context("finance-officer")).newPage();
  await officer.goto("/spend?state=settled");
  await officer.locator("main #list ~ table tbody th a").first().click();
  const line = officer.url();
  await officer.getByText("Each award behind the pool").waitFor();
  await officer.getByRole("link", { name: "Pin it to an award" }).click();
  await officer.getByRole("button", { name: "See what it moves" }).click();
  const errors = await officer.locator(".errors").innerText();
  expect(errors.includes("Say why"), "no reason was missed");

  await officer.locator("#award_id").selectOption({ index: 1 });
  const award = await officer.locator("#award_id option:checked").innerText();
  await officer.locator("#amount_pence").fill("1.00");
  await officer.locator("#why").fill("The funder’s letter names this work.");
  await officer.getByRole("button", { name: "See what it moves" }).click();
  await officer.getByText("What pays for the spend of the pool").waitFor();
  await pictured(officer, "preview");
  await officer.getByRole("button", { name: "Pin it" }).click();
  await officer.getByText("The funder’s letter names this work.").waitFor();
  expect(officer.url().startsWith(line), `it leads to ${officer.url()}`);
  await pictured(officer, "line");

  const auditor = await (await people.context("auditor")).newPage();
  await auditor.goto(line);
  expect(await auditor.getByText("The funder’s letter names this work.").count() > 0, "the auditor does not see it");
  expect(await auditor.locator("main a[href$='/taking-off']").count() === 0, "an auditor may take it off");

  await officer.getByRole("link", { name: /^Take it off/ }).click();
  expect((await officer.locator("main").innerText()).includes(award), "which award is not said");
  await officer.locator("#why").fill("It named another.");
  await officer.getByRole("button", { name: "Take the pin off" }).click();
  await officer.getByText("It named another.").waitFor();
  await pictured(officer, "off");
}
