// What somebody holds down stays where it is: an answer to htmx that might replace it is shown once they have let go.
(() => {
  let waiting = null; // answers, while a link or a button is held down
  const letGo = () => {
    const answers = waiting ?? [];
    waiting = null;
    for (const show of answers) show();
  };
  const show = ({ target, serverResponse, requestConfig: { elt } }) => {
    const now = target.isConnected ? target : document.getElementById(target.id); // an earlier answer replaced it
    const said = (name) => elt.closest(`[${name}]`)?.getAttribute(name);
    const swapStyle = said("hx-swap")?.split(" ")[0] ?? "innerHTML";
    if (now) htmx.swap(now, serverResponse, { swapStyle }, { select: said("hx-select") });
  };
  document.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.target.closest?.("a, button")) waiting ??= [];
  }, true);
  document.addEventListener("click", () => setTimeout(letGo), true);
  for (const end of ["pointerup", "pointercancel", "contextmenu"]) {
    document.addEventListener(end, () => setTimeout(letGo, 100), true); // a finger's click comes a little later
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!waiting || !event.detail.shouldSwap) return;
    event.preventDefault();
    waiting.push(() => show(event.detail));
  });
})();
