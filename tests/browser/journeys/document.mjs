// The API's document is shown without the network: nothing is asked of anybody else, nothing fails,
// and an operation can be opened and read.

export const name = "the API's document without the network";

export default async function ({ people, demo, expect }) {
  const visitor = await people.context();
  const ours = new URL(demo.address).origin;
  const elsewhere = [];
  const wrong = [];
  const page = await visitor.newPage();
  await page.route("**/*", (route) => {
    const address = route.request().url();
    if (/^(data|blob):/.test(address) || new URL(address).origin === ours) return route.continue();
    elsewhere.push(address);
    return route.abort();
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("response", (reply) => reply.status() >= 400 && wrong.push(`${reply.status()} ${reply.url()}`));

  await page.goto("/api/docs/");
  await page.getByText("/api/v1/returns/{id}/sending", { exact: false }).first().click({ timeout: 60_000 });
  await page.getByText("Only this closes the deadline", { exact: false }).first().waitFor({ timeout: 30_000 });
  expect(elsewhere.length === 0, `it asks somebody else: ${elsewhere.join(", ")}`);
  expect(wrong.length === 0, wrong.join("\n"));
}
