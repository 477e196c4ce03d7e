/* Tributary: niceties for pages that already work without them. No library, no inline handler, nothing global.

   What it looks for, and what it does:

   form[data-autosave]            Saves while a person types: 1.2 s after the last key, on leaving a field, and when the
                                  tab is hidden. Sends the form's own fields by POST to the form's action (or to the
                                  address in data-autosave) with the headers X-CSRF-Token (from the field "csrf") and
                                  X-Autosave: 1. The answer is JSON {"saved_at": "10:42", "version": "…"}: version, when
                                  there, goes into the field "version", so that the next save is not stale. 409 means
                                  somebody else changed it; 401 and 403 that the person is signed out; 422 may carry
                                  {"detail": "…"} in words. What could not be saved is kept in this tab (sessionStorage),
                                  tried again after 5, 10, 20 … 60 s and when the network returns, and put back after a
                                  reload if the field "version" is still the one it was typed over. File fields and fields with data-no-keep are never kept.
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
  const autosave = (form) => {
    const status = form.querySelector("[data-autosave-status]");
    const address = form.dataset.autosave || form.action;
    const shelf = "tributary:" + address;
    let timer, wait = 5, busy = false, again = false, stopped = false, last = "";

    const say = (text, trouble) => {
      if (!status) return;
      if (status.textContent !== text) status.textContent = text;
      status.dataset.state = trouble ? "trouble" : "fine";
    };
    const fields = () => [...form.elements].filter((f) =>
      f.name && !["csrf", "version"].includes(f.name) && !["file", "submit", "button", "hidden", "password"].includes(f.type) && !("noKeep" in f.dataset));
    const typed = () => JSON.stringify(fields().map((f) => [f.name, f.value, f.checked === true]));
    const keep = () => { try { sessionStorage.setItem(shelf, JSON.stringify({ version: version(), fields: typed() })); } catch { /* a full or closed shelf: the page still holds it */ } };
    const version = () => form.elements.namedItem("version")?.value ?? "";
    const forget = () => { try { sessionStorage.removeItem(shelf); } catch { /* nothing was kept */ } };
    const later = (seconds) => { clearTimeout(timer); timer = setTimeout(save, seconds * 1000); };

    const save = async (leaving) => {
      clearTimeout(timer);
      const now = typed();
      if (stopped || now === last) return;
      if (busy) { again = true; return; }
      busy = true;
      keep();
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
      const csrf = form.elements.namedItem("csrf");
      try {
        const reply = await fetch(address, {
          method: "POST", body, credentials: "same-origin", redirect: "error", keepalive: leaving === true,
          headers: { "X-CSRF-Token": csrf ? csrf.value : "", "X-Autosave": "1", Accept: "application/json" },
        });
        const told = await reply.json().catch(() => ({}));
        if (reply.ok) {
          last = now; wait = 5;
          const held = form.elements.namedItem("version");
          if (held && told.version !== undefined) held.value = told.version;
          if (typed() === now) forget();
          say("Saved at " + (told.saved_at || clock()) + ".");
        } else if (reply.status === 409) {
          stopped = true;
          say("Not saved: somebody else has changed this since you opened it. Your words are kept in this tab. Copy them, then reload the page.", true);
        } else if (reply.status === 401 || reply.status === 403) {
          say("Not saved: you have been signed out. Your words are kept in this tab. Sign in again in another tab; saving will then go on here.", true);
          later(wait = Math.min(wait * 2, 60));
        } else if (reply.status === 422) {
          say("Not saved: " + (told.detail || "something here needs to be put right."), true);
        } else {
          throw new Error("status " + reply.status);
        }
      } catch {
        say("Not saved yet: Tributary cannot be reached. Your words are kept in this tab, and we keep trying.", true);
        later(wait);
        wait = Math.min(wait * 2, 60);
      } finally {
        busy = false;
        if (again) { again = false; later(0.2); }
      }
    };

    last = typed();
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(shelf)); } catch { /* none */ }
    /* Only onto the version it was typed over: never over what has been saved since. */
    if (kept && kept.version !== version()) { forget(); kept = null; }
    if (kept && kept.fields !== last) {
      try {
        const now = fields();
        for (const [i, [name, value, checked]] of JSON.parse(kept.fields).entries()) {
          const field = now[i];
          if (!field || field.name !== name) continue;
          if (field.type === "checkbox" || field.type === "radio") field.checked = checked; else field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
        say("We put back what you had typed and could not be saved before.");
        later(1.2);
      } catch { forget(); }
    }
    form.addEventListener("input", () => { if (!stopped) { say("Typing…"); keep(); later(1.2); } else keep(); });
    form.addEventListener("change", () => later(0.1));
    form.addEventListener("submit", () => { keep(); clearTimeout(timer); stopped = true; });
    addEventListener("online", () => save());
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  };

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
      } catch {
        if (failures < 30) poll(element, failures + 1);
      }
    }, 2000 * Math.min(failures + 1, 10));
    next();
  };

  /* Printing */
  const printer = (button) => { button.hidden = false; button.addEventListener("click", () => window.print()); };

  const start = (root) => {
    root.querySelectorAll("form[data-autosave]").forEach(autosave);
    root.querySelectorAll("textarea[data-words]").forEach(words);
    root.querySelectorAll("button[data-print]").forEach(printer);
  };
  start(document);
  document.querySelectorAll("[data-poll]").forEach((e) => poll(e));
})();
