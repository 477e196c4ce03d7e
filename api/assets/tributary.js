/* Tributary: niceties for pages that already work without them. No library, no inline handler, nothing global.

   What it looks for, and what it does:

   form[data-autosave]            Saves while a person types: 1.2 s after the last key, on leaving a field, and when the
                                  tab is hidden. Sends the fields that changed by POST to the form's action, each with
                                  "was.NAME", the answer over which it was typed, and the headers X-CSRF-Token (from the
                                  field "csrf") and X-Autosave: 1. The answer is JSON:
                                    {"saved_at": "10:42", "stands": {NAME: was, …},
                                     "meanwhile": [{name, label, text, shown, who_and_when, was}, …],
                                     "wrong": [{name, label, detail}, …]}
                                  What stands gets its new "was"; what somebody else wrote meanwhile (409) is shown under
                                  its field, and its person chooses; what is wrong (422) is said. 401 and 403 say that the
                                  session has ended: as soon as another has begun, in any tab, its token is fetched and
                                  saving goes on. What is not saved yet is kept in this browser (localStorage, for the
                                  person named by data-keep, until it is saved or they sign out), tried again after 5, 10,
                                  20 … 60 s and when the network returns, and put back when the page is opened again. The
                                  form's own button saves the same way, then goes to data-after. A form with data-plain
                                  is left alone. File fields and fields with data-no-keep are never kept.
   [data-autosave-status]         Inside that form: the live region that says "Saved at 10:42".
   textarea[data-words="500"]     Counts words into the element named by data-words-in; spoken only when typing pauses.
   [data-poll="/…"]               Every 2 s, while the tab is seen, is replaced by the HTML fragment at that address
                                  (header X-Fragment: 1), until the fragment carries no data-poll. If the fragment has
                                  data-say, its text is spoken once each time it changes (say a quarter, not a percent).
   button[data-print]             Is written with the attribute hidden; shown here; prints the page.

   Nothing asks "are you sure?": what cannot be undone says so on its page before it is done. */
(() => {
  "use strict";

  const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  /* Saving while typing */
  const shelves = "tributary:kept:";
  const month = 30 * 24 * 3600 * 1000;
  const shelf = {
    read: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or closed: the page still holds it */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
    keys: (begin) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(begin)); } catch { return []; } },
  };
  const tab = () => {
    try {
      const known = sessionStorage.getItem("tributary:tab");
      if (known) return known;
      const made = String(Date.now()) + String(Math.random()).slice(2);
      sessionStorage.setItem("tributary:tab", made);
      return made;
    } catch { return "only"; }
  };

  const autosave = (form) => {
    const status = form.querySelector("[data-autosave-status]");
    const address = form.getAttribute("action");
    const mine = shelves + (form.dataset.keep || "") + ":" + address + ":";
    const place = mine + tab();
    const base = new Map();       /* what is saved, by name */
    const torn = new Map();       /* what somebody else wrote meanwhile, by name */
    let timer, wait = 5, busy = false, again = false;

    const say = (text, trouble) => {
      if (!status) return;
      if (status.textContent !== text) status.textContent = text;
      status.dataset.state = trouble ? "trouble" : "fine";
    };
    const about = (what, name) => form.elements.namedItem(what + "." + name);
    const names = [...new Set([...form.elements].filter((f) => f.name && f.name !== "csrf"
      && !["file", "submit", "button", "hidden", "password"].includes(f.type)
      && !f.name.startsWith("choose.") && !("noKeep" in f.dataset)).map((f) => f.name))];
    const value = (name) => form.elements.namedItem(name).value;
    const put = (name, text) => {
      const field = form.elements.namedItem(name);
      field.value = text;
      const one = field instanceof RadioNodeList ? field[0] : field;
      one.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const was = (name) => about("was", name)?.value ?? "none";
    const dirty = () => names.filter((name) => value(name) !== base.get(name));
    const keep = () => {
      const fields = Object.fromEntries(dirty().map((name) => [name, { text: value(name), was: was(name) }]));
      if (Object.keys(fields).length) shelf.write(place, { at: Date.now(), fields }); else shelf.drop(place);
    };
    const later = (seconds) => { clearTimeout(timer); timer = setTimeout(save, seconds * 1000); };

    /* What is wrong stands by its field, as it does when the page comes back from saving by hand. */
    const mark = (name, detail) => {
      const field = form.elements.namedItem(name);
      const one = field instanceof RadioNodeList ? field[0] : field;
      const box = one?.closest(".field");
      if (!box) return;
      let note = document.getElementById(name + "-error");
      const described = new Set((one.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
      if (!detail) {
        note?.remove();
        box.classList.remove("wrong");
        one.removeAttribute("aria-invalid");
        described.delete(name + "-error");
      } else {
        if (!note) {
          note = document.createElement("p");
          note.id = name + "-error";
          note.className = "error";
          one.before(note);
        }
        if (note.textContent !== detail) note.textContent = detail;
        box.classList.add("wrong");
        one.setAttribute("aria-invalid", "true");
        described.add(name + "-error");
      }
      if (described.size) one.setAttribute("aria-describedby", [...described].join(" "));
      else one.removeAttribute("aria-describedby");
    };

    /* Both texts, and a choice: nothing is written over what somebody else wrote unseen. */
    const ask = (found) => {
      document.getElementById("meanwhile." + found.name)?.remove();
      torn.set(found.name, found);
      const box = document.createElement("div");
      box.className = "notice heed";
      box.id = "meanwhile." + found.name;
      box.setAttribute("role", "alert");
      const add = (tag, text, to = box) => { const e = document.createElement(tag); e.textContent = text; to.append(e); return e; };
      add("h2", "Somebody else changed this while you typed");
      add("p", found.who_and_when + " wrote:");
      add("blockquote", found.shown || "(It was emptied.)").className = "theirs";
      add("p", "What you typed stands above and is not saved yet. You can still change it, also by taking from theirs.");
      const row = add("div", "");
      row.className = "actions";
      const choose = (text, then) => {
        const button = add("button", text, row);
        button.type = "button";
        button.className = "button quiet";
        button.addEventListener("click", () => { torn.delete(found.name); box.remove(); then(); });
      };
      const held = about("was", found.name);
      choose("Keep what I typed", () => { if (held) held.value = found.was; keep(); later(0); });
      choose("Take what they wrote", () => {
        if (held) held.value = found.was;
        base.set(found.name, found.text);
        put(found.name, found.text);
        keep();
        say("Their text stands.");
      });
      const field = form.elements.namedItem(found.name);
      const one = field instanceof RadioNodeList ? field[0] : field;
      one.closest(".field").after(box);
    };

    /* A session has begun anew: its token is on this page, read again. */
    const renew = async () => {
      const reply = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const form2 = page.querySelector("form[data-autosave]");
      if (!reply.ok || !form2 || form2.dataset.keep !== form.dataset.keep) return false;
      const fresh = form2.querySelector("input[name=csrf]")?.value;
      if (!fresh) return false;
      document.querySelectorAll("input[name=csrf]").forEach((field) => { field.value = fresh; });
      return true;
    };

    /* True when everything is saved. */
    const save = async (leaving) => {
      clearTimeout(timer);
      const sent = new Map(dirty().filter((name) => !torn.has(name)).map((name) => [name, value(name)]));
      if (!sent.size) return !torn.size;
      if (busy) { again = true; return false; }
      busy = true;
      keep();
      const csrf = form.elements.namedItem("csrf");
      const body = new URLSearchParams({ csrf: csrf ? csrf.value : "" });
      for (const [name, text] of sent) { body.append(name, text); body.append("was." + name, was(name)); }
      let whole = false;
      try {
        const reply = await fetch(address, {
          method: "POST", body, credentials: "same-origin", redirect: "error", keepalive: leaving === true,
          headers: { "X-CSRF-Token": csrf ? csrf.value : "", "X-Autosave": "1", Accept: "application/json" },
        });
        const told = await reply.json().catch(() => ({}));
        if (told.stands) {
          wait = 5;
          const unsaved = new Set([...told.meanwhile, ...told.wrong].map((one) => one.name));
          for (const [name, text] of sent) if (!unsaved.has(name)) { base.set(name, text); mark(name, ""); }
          told.wrong.forEach((one) => mark(one.name, one.detail));
          for (const [name, now] of Object.entries(told.stands)) { const held = about("was", name); if (held) held.value = now; }
          keep();
          told.meanwhile.forEach(ask);
          if (told.meanwhile.length) say("Not all is saved: somebody else changed “" + told.meanwhile[0].label + "” while you typed. Choose below it which text stands.", true);
          else if (told.wrong.length) say("Not all is saved. “" + told.wrong[0].label + "”: " + told.wrong[0].detail, true);
          else if (torn.size) say("Saved at " + told.saved_at + ", but for what you have yet to choose.", true);
          else { say("Saved at " + told.saved_at + "."); whole = true; }
        } else if (reply.status === 401 || reply.status === 403) {
          if (await renew()) again = true;
          else {
            say("Not saved: you have been signed out. Your words are kept in this browser. Sign in again, here or in another tab; saving then goes on by itself.", true);
            later(wait = Math.min(wait * 2, 60));
          }
        } else {
          /* What was certified meanwhile, or a server in trouble. */
          say("Not saved yet. " + (told.detail || "") + " Your words are kept in this browser, and we keep trying.", true);
          later(wait = Math.min(wait * 2, 60));
        }
      } catch {
        say("Not saved yet: Tributary cannot be reached. Your words are kept in this browser, and we keep trying.", true);
        later(wait);
        wait = Math.min(wait * 2, 60);
      } finally {
        busy = false;
        if (again) { again = false; later(0.2); }
      }
      return whole;
    };

    /* A form that came back with something to choose or to put right goes the plain way: nothing in it is saved yet. */
    if ("plain" in form.dataset) { shelf.drop(place); return; }
    names.forEach((name) => base.set(name, value(name)));
    const found = shelf.keys(mine).map((key) => [key, shelf.read(key)]).sort((a, b) => (a[1]?.at ?? 0) - (b[1]?.at ?? 0));
    let back = 0;
    for (const [key, held] of found) {
      if (held?.fields && Date.now() - held.at < month) {
        for (const [name, one] of Object.entries(held.fields)) {
          if (!names.includes(name) || one.text === value(name)) continue;
          put(name, one.text);
          const field = about("was", name);
          if (field) field.value = one.was;
          back += 1;
        }
      }
      shelf.drop(key);
    }
    if (back) {
      keep();
      say("We put back what you had typed and could not be saved before.");
      later(1.2);
    }
    form.addEventListener("input", (event) => {
      if (!names.includes(event.target.name)) return;
      say("Typing…");
      keep();
      later(1.2);
    });
    form.addEventListener("change", () => later(0.1));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      while (busy) await new Promise((done) => setTimeout(done, 50));
      if (await save()) location.assign(form.dataset.after || location.href);
    });
    addEventListener("online", () => save());
    addEventListener("focus", () => { if (dirty().length) later(0.1); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  };

  /* Whoever signs out leaves nothing in this browser. */
  document.querySelectorAll("form[action='/sign-out']").forEach((form) =>
    form.addEventListener("submit", () => shelf.keys(shelves).forEach(shelf.drop)));

  /* Counting words */
  const words = (area) => {
    const out = document.getElementById(area.dataset.wordsIn);
    const most = Number(area.dataset.words);
    if (!out || !most) return;
    let timer;
    const count = () => {
      const left = most - (area.value.match(/\S+/g) || []).length;
      const many = Math.abs(left) === 1 ? " word" : " words";
      out.textContent = left < 0 ? "You have " + -left + many + " too many." : "You have " + left + many + " left.";
    };
    area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(count, 600); });
    count();
    out.setAttribute("aria-live", "polite");
  };

  /* Work that goes on elsewhere */
  let voice;
  const speak = (text) => {
    if (!voice) {
      voice = document.createElement("p");
      voice.className = "hush";
      voice.setAttribute("role", "status");
      document.body.append(voice);
    }
    if (voice.textContent !== text) voice.textContent = text;
  };
  const poll = (element, failures = 0) => {
    const address = element.dataset.poll;
    const next = () => setTimeout(async () => {
      if (document.hidden) { document.addEventListener("visibilitychange", next, { once: true }); return; }
      try {
        const reply = await fetch(address, { credentials: "same-origin", headers: { "X-Fragment": "1", Accept: "text/html" } });
        if (!reply.ok) throw new Error("status " + reply.status);
        const box = document.createElement("template");
        box.innerHTML = await reply.text();
        const fresh = box.content.firstElementChild;
        if (!fresh) return;
        const held = element.contains(document.activeElement) ? document.activeElement.id : "";
        element.replaceWith(fresh);
        if (held) document.getElementById(held)?.focus();
        if (fresh.dataset.say) speak(fresh.dataset.say);
        start(fresh);
        if (fresh.dataset.poll) poll(fresh);
        /* Done: the page says what came of it, unless somebody is typing into it. */
        else if (!document.querySelector("main :is(input, textarea, select):focus")) location.reload();
      } catch {
        if (failures < 30) poll(element, failures + 1);
      }
    }, 2000 * Math.min(failures + 1, 10));
    next();
  };

  /* Printing */
  const printer = (button) => { button.hidden = false; button.addEventListener("click", () => window.print()); };

  /* A block of cells copied from a spreadsheet fills the grid from the cell that it is pasted into */
  const pasting = (grid) => grid.addEventListener("paste", (event) => {
    const first = event.target.closest("input");
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!first || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("input")]);
    const down = rows.findIndex((row) => row.includes(first));
    const along = rows[down].indexOf(first);
    const block = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    let filled = 0, left = 0;
    block.forEach((cells, y) => cells.forEach((cell, x) => {
      const input = rows[down + y]?.[along + x];
      if (!input) { if (cell.trim()) left++; return; }
      input.value = cell.trim();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      filled++;
    }));
    speak(filled + (filled === 1 ? " cell was filled." : " cells were filled.")
      + (left ? " " + left + " did not fit into the grid." : "") + " Nothing is saved yet.");
  });

  const start = (root) => {
    root.querySelectorAll("form[data-autosave]").forEach(autosave);
    root.querySelectorAll("textarea[data-words]").forEach(words);
    root.querySelectorAll("button[data-print]").forEach(printer);
    root.querySelectorAll("[data-pastes]").forEach(pasting);
  };
  start(document);
  document.querySelectorAll("[data-poll]").forEach((e) => poll(e));
})();
