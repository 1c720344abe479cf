// A day that is only half typed reads as none: it is neither saved nor sent before it is whole.
(() => {
  const half = (form) => [...form.elements].find((field) => field.validity?.badInput);
  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt.closest("form");
    const field = form && half(form);
    if (!field) return;
    event.preventDefault();
    if (field !== document.activeElement) field.reportValidity(); // who still types is not disturbed
  });
  document.addEventListener("submit", (event) => {
    const field = half(event.target);
    if (!field) return;
    event.preventDefault();
    field.reportValidity();
  }, true);
})();
