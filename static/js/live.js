// An open list stays true: while somebody can see it, it is asked for anew now and then, and swapped when it changed.
(() => {
  const EVERY = 20_000;
  const shown = () => document.querySelector("[data-live]");
  const where = (part) => part.querySelector("[data-here]")?.dataset.here ?? part.dataset.live;
  // What somebody just asked for by htmx comes first: neither answer may then land in what the other has replaced.
  // And what they hold down stays where it is until they let go.
  const busy = () => document.hidden || document.querySelector(".htmx-request, main :is(a, button):active");
  const swap = (part, text) => {
    const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const fresh = document.createRange().createContextualFragment(text).firstElementChild;
    htmx.process(fresh);
    part.replaceWith(fresh);
    if (held) fresh.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  };
  const look = async () => {
    const part = shown();
    if (!part || busy()) return;
    const here = where(part);
    const headers = { "X-Live": "1" };
    if (here === part.dataset.live) headers["If-None-Match"] = part.dataset.tag;
    try {
      const answer = await fetch(here, { headers, cache: "no-store", redirect: "manual" });
      const text = await answer.text();
      if (answer.status === 200 && !busy() && part === shown() && here === where(part)) swap(part, text);
    } catch { /* The next time is soon. */ }
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
})();
