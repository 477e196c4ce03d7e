// Typing answers: they save themselves; two people do not write over each other; what could not be saved, because the
// network was gone or the session had ended, is there again.

export const name = "typing answers";

const area = "main form[data-autosave] textarea";
const status = "[data-autosave-status]";

/** The first section of the first return that asks for words. */
async function open(visitor) {
  const page = await visitor.newPage();
  await page.goto("/returns");
  await page.locator("main tbody tr th a").first().click();
  const sections = await page.locator("main .tasks a[href*='/sections/']").evaluateAll((links) => links.map((a) => a.pathname));
  for (const path of new Set(sections)) {
    await page.goto(path);
    if (await page.locator(area).count()) return page;
  }
  throw new Error("no section asks for words");
}

export default async function ({ people, expect }) {
  const one = await people.context("grants-officer");
  const two = await people.context("finance-officer");
  const [first, second] = [await open(one), await open(two)];
  await second.goto(first.url());
  const says = (page, text) => page.locator(status, { hasText: text }).waitFor();

  await first.locator(area).first().fill("What the first wrote.");
  await says(first, "Saved at");

  // Somebody else, from the same page as it was before.
  await second.locator(area).first().fill("What the second wrote.");
  await says(second, "Not all is saved");
  const box = second.locator("[id^='meanwhile.']");
  expect((await box.innerText()).includes("What the first wrote."), "the other text is not shown");
  expect(await second.locator(area).first().inputValue() === "What the second wrote.", "what was typed is gone");
  await first.reload();
  expect(await first.locator(area).first().inputValue() === "What the first wrote.", "it was written over unseen");
  await box.getByRole("button", { name: "Keep what I typed" }).click();
  await says(second, "Saved at");
  await first.reload();
  expect(await first.locator(area).first().inputValue() === "What the second wrote.", "what was chosen does not stand");

  // Taking theirs.
  await second.locator(area).first().fill("A third text.");
  await says(second, "Saved at");
  await first.locator(area).first().fill("A fourth text.");
  await says(first, "Not all is saved");
  await first.getByRole("button", { name: "Take what they wrote" }).click();
  expect(await first.locator(area).first().inputValue() === "A third text.", "theirs was not taken");

  // Without a network: kept in this browser, and put back when the page is opened again.
  await first.route("**/sections/*", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await first.locator(area).first().fill("Typed in a tunnel.");
  await says(first, "cannot be reached");
  await first.unroute("**/sections/*");
  await first.reload();
  expect(await first.locator(area).first().inputValue() === "Typed in a tunnel.", "what was typed is gone");
  await says(first, "Saved at");

  // The session has ended: said, kept; signed in again in another tab, it is saved by itself.
  const cookies = await one.cookies();
  await one.clearCookies();
  await first.locator(area).first().fill("Typed after the session.");
  await says(first, "you have been signed out");
  await one.addCookies(cookies);
  await first.evaluate(() => document.querySelectorAll("input[name=csrf]").forEach((f) => { f.value = "of-another-session"; }));
  await first.evaluate(() => dispatchEvent(new Event("focus")));
  await says(first, "Saved at");
  await second.reload();
  expect(await second.locator(area).first().inputValue() === "Typed after the session.", "it was not saved after signing in again");

  // The form's own button saves and goes back; nothing is left in the browser.
  await second.locator(area).first().fill("And so it ends.");
  await second.getByRole("button", { name: "Save answers" }).click();
  await second.waitForURL(/done=saved/);
  const left = await second.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("tributary:kept:")));
  expect(left.length === 0, `something is left in the browser: ${left}`);
  await one.close();
  await two.close();
}
