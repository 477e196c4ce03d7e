// What happens to us if a funder withdraws: from the position to the answer, for a trustee on a phone, without scripts
// being needed for any of it.

import { steps } from "../steps.mjs";

export const name = "what if";

export default async function ({ people, demo, expect }) {
  const trustee = await people.context("trustee");
  const page = await trustee.newPage();
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto("/position");
  await page.getByRole("link", { name: "What if a funder withdraws?" }).click();

  // Nothing chosen: it says what to do, and keeps the day.
  await page.getByRole("button", { name: "Show what would happen" }).click();
  expect((await page.locator("#award_id-error").innerText()).includes("Choose one."), "nothing is asked for");

  const award = await page
    .locator("#award_id option", { hasText: "Public health allocation" })
    .first()
    .getAttribute("value");
  await page.selectOption("#award_id", award);
  await page.getByRole("button", { name: "Show what would happen" }).click();
  const lead = await page.locator("main .lead").innerText();
  expect(lead.includes("would have no award to pay for it"), `it does not say what would happen: ${lead}`);
  const more = await page.locator("main table").first().innerText();
  expect(/\+£[\d,]+\.\d\d/.test(more), `no difference is shown: ${more}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide <= 320, `the answer is ${wide} pixels wide`);

  // The same as a file.
  const file = await page.getByRole("link", { name: "Download as CSV" }).getAttribute("href");
  const got = await trustee.request.get(file);
  expect(got.ok() && (await got.text()).includes("Public health allocation"), "the file does not hold the award");

  // A funder pays late: what would be held is told month by month, and looked at on both widths.
  const late = await steps({ people, demo, expect }).arriveAs("trustee", { width: 320, height: 700 });
  await late.goto("/cash");
  await late.getByRole("link", { name: "What if a funder pays late?" }).click();
  await late.getByRole("link", { name: "A funder pays nothing until a day" }).click();
  await late.getByRole("link", { name: "A funder pays some months late" }).click();
  const paying = late.locator("#award_id option");
  for (let at = 1; at < (await paying.count()); at += 1) {
    await late.selectOption("#award_id", { index: at });
    await late.fill("#months", "2");
    await late.getByRole("button", { name: "Show what would happen" }).click();
    if ((await late.locator("main .lead").innerText()).includes("would come later")) break;
  }
  const told = await late.locator("main").innerText();
  expect(told.includes("would come later"), `nothing comes later: ${told}`);
  expect(told.includes("What would be held at the end of each month"), `no months are shown: ${told}`);
  await steps({ people, demo, expect }).look(late, "what comes late");
}
