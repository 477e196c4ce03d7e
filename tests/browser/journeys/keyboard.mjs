// By keyboard alone: the first stop is the way past the menu, every stop can be seen, none is a trap.

export const name = "by keyboard";

export default async function ({ people, expect }) {
  const visitor = await people.context("grants-officer");
  const page = await visitor.newPage();
  await page.goto("/");

  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      return {
        html: element.outerHTML.slice(0, 120),
        href: element.getAttribute("href"),
        seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0,
        marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
      };
    });

  await page.keyboard.press("Tab");
  const first = await focused();
  expect(first?.href === "#main", `the first stop is not the way to the main content but ${first?.html}`);
  expect(first?.seen, "the way to the main content stays hidden when it is reached");

  let stops = 1;
  for (; stops < 300; stops += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused();
    if (!stop || stop.href === "#main") break;
    expect(stop.seen, `a stop cannot be seen: ${stop.html}`);
    expect(stop.marked, `a stop does not show that it is reached: ${stop.html}`);
  }
  expect(stops > 3 && stops < 300, `the page has ${stops} stops`);
}
