// A request made by htmx that fails says so in words; the page itself stays as it was, with what was typed.
(() => {
  const note = () => document.getElementById("request-failed");
  const words = () => note()?.querySelector("[data-signed-out]");
  const hide = () => { if (note()) note().hidden = true; };
  const show = (signedOut) => {
    if (!note()) return;
    for (const one of note().children) one.hidden = (one === words()) !== signedOut;
    note().hidden = false;
  };
  // Signing in voids the tokens against forgery that the page holds: it takes those of now, from any other page.
  const renew = async () => {
    const page = await (await fetch("/", { cache: "no-store" })).text();
    const headers = new DOMParser().parseFromString(page, "text/html").body.getAttribute("hx-headers");
    if (!headers) return false;
    document.body.setAttribute("hx-headers", headers);
    const token = JSON.parse(headers)["x-csrftoken"];
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
    return true;
  };
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || !note() || note().hidden || words().hidden) return;
    try { if (await renew()) hide(); } catch { /* The note stands. */ }
  });
  // A part that looks for news by itself does not take the note away from whoever reads it.
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (detail.requestConfig.triggeringEvent) hide(); });
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) hide(); });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    show(detail.xhr.status === 401);
    if (detail.xhr.status === 403) renew().catch(() => { /* The note stands. */ });
  });
  for (const failure of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(failure, () => show(false));
})();
