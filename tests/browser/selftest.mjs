// Shows that the checks find what they are for: a small server with one good page and bad ones.

import { createServer } from "node:http";
import { once } from "node:events";
import { launch, oneTimeCode, People } from "./browser.mjs";
import { Score } from "./checks.mjs";
import { startDemo } from "./demo.mjs";
import { checkPages } from "./pages.mjs";

const page = (main, head = "") => `<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">${head}</head><body>
<a href="#main">Skip to the main content</a><form method="post" action="/sign-out"></form>
<main id="main">${main}</main></body></html>`;

const bodies = {
  "/good": page('<h1>Good</h1><p><a href="/good/2">The second</a></p>'),
  "/good/2": page("<h1>The second</h1>"),
  "/contrast": page('<h1>Faint</h1><p style="color:#bbb;background:#fff">Who can read this?</p>'),
  "/label": page("<h1>Form</h1><form><input type=text></form>"),
  "/wide": page('<h1>Wide</h1><div class="bar" style="width:600px;height:9px"></div>'),
  "/framed": page(
    '<h1>Framed</h1><div tabindex="0" role="region" aria-label="Table" style="overflow-x:auto"><div style="width:600px">x</div></div>',
  ),
  "/headings": page("<h1>One</h1><h1>Two</h1>"),
  "/script": page("<h1>Script</h1><script>throw new Error('broken')</script>"),
  "/missing-part": page('<h1>Part</h1><script src="/none.js"></script>'),
  "/elsewhere": page("<h1>Else</h1>", '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'),
  "/scripts-only": page("<h1>Only</h1><p id=p></p><script>p.textContent='Hello you'</script>"),
  "/sign-in/x": page("<h1>Sign in</h1><form method=post action=/session><button>Sign in</button></form>").replace(
    '<form method="post" action="/sign-out"></form>',
    "",
  ),
};
const server = createServer((request, response) => {
  const signedIn = (request.headers.cookie ?? "").includes("__Host-session=1");
  if (request.method === "POST") {
    response.writeHead(303, { location: "/mine", "set-cookie": "__Host-session=1; Path=/; Secure; HttpOnly" }).end();
  } else if (request.url === "/mine") {
    response.writeHead(signedIn ? 200 : 401, { "content-type": "text/html" }).end(page("<h1>Mine</h1>"));
  } else if (bodies[request.url]) {
    // As strict as the product: the checks must work where no script may be added.
    const policy = request.url.startsWith("/good") ? { "content-security-policy": "default-src 'none'; img-src data:" } : {};
    response.writeHead(200, { "content-type": "text/html", ...policy }).end(bodies[request.url]);
  } else {
    response.writeHead(404, { "content-type": "text/html" }).end(page("<h1>Not found</h1>"));
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = `http://127.0.0.1:${server.address().port}`;

const score = new Score();
const browser = await launch();
const people = new People(browser, { address, sign_in: { trustee: `${address}/sign-in/x` } });

/** What the checks say of a page: the findings, as one text. */
async function findings(entry) {
  const said = [];
  const silent = { record: (what, found) => said.push(...found.map((one) => `${what}: ${one}`)) };
  silent.attempt = async (what, action) => {
    try {
      silent.record(what, await action());
    } catch (error) {
      silent.record(what, [error.message]);
    }
  };
  await checkPages({ people, address, list: [{ name: "page", ...entry }], score: silent });
  return said.join("\n");
}

const finds = [
  [{ path: "/contrast" }, "color-contrast (serious)"],
  [{ path: "/label" }, "label (critical)"],
  [{ path: "/wide" }, '<div class="bar"> reaches to 608 px of 320'],
  [{ path: "/headings" }, "2 first headings"],
  [{ path: "/script" }, "script: broken"],
  [{ path: "/missing-part" }, "404 for "],
  [{ path: "/elsewhere" }, "asks another host"],
  [{ path: "/scripts-only", expect: "Hello you" }, 'narrow, no scripts: it does not say "Hello you"'],
  [{ path: "/nowhere" }, "the status is 404"],
  [{ path: "/mine" }, "the status is 401"],
  [{ path: "/good", follow: ["a[href='/none']"] }, "nothing to follow"],
];
for (const [entry, words] of finds) {
  await score.attempt(`finds: ${words}`, async () => {
    const said = await findings(entry);
    return said.includes(words) ? [] : [`of ${entry.path} it said: ${said || "nothing"}`];
  });
}
const finds_nothing = [
  { path: "/good", expect: "Good" },
  { path: "/good", follow: ["a[href='/good/2']"], expect: "The second" },
  { path: "/good", follow: [{ link: "The second" }], expect: "The second" },
  { path: "/framed" },
  { path: "/nowhere", status: 404 },
  { path: "/mine", as: "trustee", expect: "Mine" },
];
for (const entry of finds_nothing) {
  await score.attempt(`finds nothing: ${JSON.stringify(entry)}`, async () => {
    const said = await findings(entry);
    return said ? [said] : [];
  });
}
await score.attempt("one-time codes are those of the standard", () =>
  // RFC 6238, appendix B, the last six figures.
  oneTimeCode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1111111109) === "081804" ? [] : ["they are not"],
);
await score.attempt("a program that does not start is told of", async () => {
  const error = await startDemo("/bin/false").catch((error) => error);
  return String(error).includes("the demo did not start: it ended (1)") ? [] : [String(error)];
});

await browser.close();
server.close();
process.exitCode = score.close();
