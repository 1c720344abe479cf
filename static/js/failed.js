// A request made by htmx that fails says so in words; the page itself stays as it was.
(() => {
  const note = () => document.getElementById("request-failed");
  const show = (hidden) => { if (note()) note().hidden = hidden; };
  document.addEventListener("htmx:beforeRequest", () => show(true));
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => show(false));
  }
})();
