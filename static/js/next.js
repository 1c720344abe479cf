// One key goes on to the next item of the queue: the right arrow, while nobody is typing or choosing.
(() => {
  const busy = "input, textarea, select, summary, [contenteditable]";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.(busy)) return;
    document.querySelector("main a[rel=next]")?.click();
  });
})();
