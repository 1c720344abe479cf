// An open list stays true: while somebody can see it, it is asked for anew now and then, and swapped when it changed.
(() => {
  const EVERY = 20_000;
  const look = async () => {
    const part = document.querySelector("[data-live]");
    if (!part || document.hidden || part.contains(document.activeElement)) return;
    const here = part.querySelector("[data-here]")?.dataset.here ?? part.dataset.live;
    const headers = { "X-Live": "1" };
    if (here === part.dataset.live) headers["If-None-Match"] = part.dataset.tag;
    try {
      const answer = await fetch(here, { headers, cache: "no-store", redirect: "manual" });
      if (answer.status !== 200 || document.hidden || part.contains(document.activeElement)) return;
      const fresh = document.createRange().createContextualFragment(await answer.text());
      htmx.process(fresh.firstElementChild);
      part.replaceWith(fresh);
    } catch { /* The next time is soon. */ }
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
})();
