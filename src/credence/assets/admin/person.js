// A sentence of the profile, or an event's link, lights up the chunks that it names, and a chunk
// the sentences that rest on it. Without this the same is said by links.
"use strict";
(() => {
  const ids = (element) => (element.dataset.chunks || "").split(" ").filter(Boolean);
  const clear = () => document.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
  const light = (target) => {
    clear();
    const named = target.closest("[data-chunks]");
    if (named) {
      for (const id of ids(named)) document.getElementById(`chunk-${id}`)?.classList.add("lit");
      return;
    }
    const row = target.closest("[data-chunk]");
    if (!row) return;
    document.querySelectorAll(".sentence[data-chunks]").forEach((sentence) => {
      if (ids(sentence).includes(row.dataset.chunk)) sentence.classList.add("lit");
    });
  };
  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (event.target instanceof Element) light(event.target);
    });
  }
  document.addEventListener("focusout", clear);
})();
