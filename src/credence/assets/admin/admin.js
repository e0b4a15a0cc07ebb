// Small conveniences; every page works without them.
"use strict";
document.documentElement.classList.add("js");

// A form that was sent is not sent again by an impatient second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Parts of a page are loaded again in place. An answer without the part, an error page or the door
// for somebody who is signed out, is no part to put there: it is gone to as the page that it is.
const trouble = (words) => {
  document.getElementById("trouble").textContent = words;
};
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const answer = ctx.response.raw;
  if (!ctx.select || (answer.ok && !answer.redirected)) return;
  if (new DOMParser().parseFromString(ctx.text, "text/html").querySelector(ctx.select)) return;
  event.preventDefault();
  if (ctx.request.method.toUpperCase() === "GET") window.location.assign(ctx.request.action);
  else trouble("That failed. What is shown is as it was before.");
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.response) return; // it was reached
  trouble("The server could not be reached. What is shown is as it was before; try it again.");
});
// What has changed in place is said aloud in few words, not read out row by row.
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  trouble("");
  const part = ctx.select && document.querySelector(ctx.select);
  document.getElementById("told").textContent = part?.dataset.told ?? "";
});
