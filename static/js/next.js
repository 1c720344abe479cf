// One key goes on to the next item of the queue: the right arrow, while nobody is typing or choosing, or has begun to.
(() => {
  const busy = "input, textarea, select, summary, [contenteditable]";
  const touched = (field) => field.matches("[type=checkbox], [type=radio]")
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
  const begun = () => document.querySelector("main [data-focus]") // what was refused stands there still
    || [...document.querySelectorAll("main :is(input, textarea)")].some(touched);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.(busy) || begun()) return;
    document.querySelector("main a[rel=next]")?.click();
  });
})();
