// What somebody holds down stays where it is: a request by htmx whose answer might replace it is sent when they let go.
(() => {
  let waiting = null; // requests, while a link or a button is held down
  const letGo = () => {
    const requests = waiting ?? [];
    waiting = null;
    for (const send of requests) send();
  };
  document.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.target.closest?.("a, button")) waiting ??= [];
  }, true);
  document.addEventListener("click", letGo, true); // before the click leads away from the page
  document.addEventListener("pointerup", () => setTimeout(letGo), true); // elsewhere: there will be no click
  for (const other of ["pointercancel", "contextmenu"]) document.addEventListener(other, letGo, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!waiting) return;
    event.preventDefault();
    waiting.push(() => event.detail.issueRequest(true));
  });
})();
