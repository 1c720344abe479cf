// After a failed post the summary of what needs mending is read first, also when htmx swapped it in.
(() => {
  const focus = (root) => root.querySelector("[data-focus]")?.focus();
  document.addEventListener("DOMContentLoaded", () => focus(document));
  document.addEventListener("htmx:afterSettle", (event) => focus(event.detail.elt.parentElement ?? document));
})();
