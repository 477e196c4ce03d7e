// Documents and comments beside a record: a letter is added, opened and taken out with a reason; a
// trustee comments and takes it back; an auditor reads and has nothing to press.

export const name = "documents and comments";

async function open(people, role) {
  const page = await (await people.context(role)).newPage();
  await page.goto("/commitments");
  await page.locator("main tbody tr th a").first().click();
  await page.locator("main a[href^='/records/commitment/']").click();
  return page;
}

export default async function ({ people, expect }) {
  const officer = await open(people, "finance-officer");
  await officer.getByRole("button", { name: "Add it" }).click();
  expect((await officer.locator(".errors").innerText()).includes("Choose a file"), "no file was missed");

  const letter = { name: "contract.txt", mimeType: "text/plain", buffer: Buffer.from("Signed by both.") };
  await officer.locator("#file").setInputFiles(letter);
  await officer.locator("#title").fill("The signed contract");
  await officer.getByRole("button", { name: "Add it" }).click();
  const [file] = await Promise.all([
    officer.waitForEvent("download"),
    officer.getByRole("link", { name: "The signed contract" }).first().click(),
  ]);
  expect(file.suggestedFilename() === "contract.txt", `it is saved as ${file.suggestedFilename()}`);

  await officer.locator("#file").setInputFiles(letter);
  await officer.getByRole("button", { name: "Add it" }).click();
  expect((await officer.locator(".errors").innerText()).includes("there already"), "the same file came twice");

  const trustee = await open(people, "trustee");
  expect(await trustee.locator("#file").count() === 0, "a trustee may add files");
  await trustee.locator("#words").fill("Is the notice period\nthe usual one?");
  await trustee.getByRole("button", { name: "Say it" }).click();
  await trustee.getByText("the usual one?").waitFor();

  const auditor = await open(people, "auditor");
  expect(await auditor.locator("main form").count() === 0, "an auditor is offered a form");
  expect(await auditor.getByText("the usual one?").count() === 1, "the auditor does not see the comment");

  await trustee.getByRole("link", { name: /^Take back/ }).first().click();
  await trustee.getByRole("button", { name: "Take it back" }).click();
  expect(await trustee.getByText("the usual one?").count() === 0, "the comment is there still");

  await officer.reload();
  await officer.goto(officer.url().replace(/\/documents.*$/, ""));
  await officer.getByRole("link", { name: /^Take out/ }).first().click();
  await officer.getByRole("button", { name: "Take it out" }).click();
  expect((await officer.locator(".errors").innerText()).includes("Say why"), "it went without a reason");
  await officer.locator("#reason").fill("The wrong contract.");
  await officer.getByRole("button", { name: "Take it out" }).click();
  expect(await officer.getByText("The signed contract").count() === 0, "the document is there still");
}
