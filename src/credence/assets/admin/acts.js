// Conveniences of forms that put things right; they work without.
"use strict";
// A slider beside the number that it sets.
document.addEventListener("input", (event) => {
  const dial = event.target;
  const id = dial.dataset.dial || dial.id;
  const other = dial.dataset.dial
    ? document.getElementById(id)
    : id && document.querySelector(`[data-dial="${CSS.escape(id)}"]`);
  if (other && other.value !== dial.value) other.value = dial.value;
});
document.querySelectorAll("[data-print]").forEach((button) => {
  button.addEventListener("click", () => window.print());
});
