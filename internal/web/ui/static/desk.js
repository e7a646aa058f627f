// What the desks do beyond htmx: pickers, drafts that survive a reload, keys.
import { once, focusProblem } from "./form.js";
import { pickers } from "./picker.js";

function ready(root) {
  once(root);
  pickers(root);
  drafts(root);
  focusProblem(root);
}

// drafts saves a form while it is filled in, some time after the last change.
function drafts(root) {
  for (const form of root.querySelectorAll("form[data-draft]:not([data-kept])")) {
    form.dataset.kept = "yes";
    const said = form.querySelector("[data-draft-said]");
    let waiting, sending;
    const save = async () => {
      waiting = undefined;
      sending = new AbortController();
      const body = new URLSearchParams(new FormData(form));
      // It arrives even when the page is left meanwhile; of long texts browsers
      // do not promise that.
      const keepalive = String(body).length < 60000;
      const answer = await fetch(form.dataset.draft, { method: "POST", body, keepalive, signal: sending.signal }).catch((error) => ({ ok: false, off: error.name === "AbortError" }));
      if (said && !answer.off) said.textContent = answer.ok ? `草稿已保存 ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}` : "草稿没有保存，请勿关闭页面";
    };
    const rest = () => { clearTimeout(waiting); waiting = undefined; };
    const later = () => { rest(); waiting = setTimeout(save, 800); };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    // A draft must not arrive behind the form itself.
    form.addEventListener("submit", () => { rest(); sending?.abort(); });
    // What was typed last goes along when the page is left at once.
    window.addEventListener("pagehide", () => {
      if (!waiting) return;
      rest();
      save();
    });
  }
}

// The menu folds on a narrow screen; Escape folds it too.
const button = document.querySelector(".menu-button");
const side = document.getElementById("side");
const fold = (open) => {
  button.setAttribute("aria-expanded", String(open));
  side.classList.toggle("open", open);
};
button?.addEventListener("click", () => fold(button.getAttribute("aria-expanded") !== "true"));
side?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
  fold(false);
  button.focus();
});

// Keys that an agent reaches without leaving the keyboard: / seeks, n begins a
// new ticket, and the digits press the actions of the ticket in their order.
document.addEventListener("keydown", (event) => {
  if ("nokeys" in document.body.dataset) return; // somebody who speaks to the machine has switched them off
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const action = /^[1-9]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (action) {
    event.preventDefault();
    action.click();
  } else if (event.key === "/") {
    event.preventDefault();
    document.getElementById("seek")?.focus();
  } else if (event.key === "n") {
    document.querySelector("[data-new]")?.click();
  }
});

// A list that is renewed under the reader's keyboard gives the focus back to the
// line that had it.
let held;
document.addEventListener("htmx:before:swap", () => {
  const at = document.activeElement;
  if (at?.closest("#menu, #lines")) held = at.getAttribute("href");
});
document.addEventListener("htmx:after:swap", (event) => {
  ready(event.target);
  if (!held || document.activeElement !== document.body) return;
  [...document.querySelectorAll("#menu a, #lines a")].find((a) => a.getAttribute("href") === held)?.focus({ preventScroll: true });
  held = undefined;
});

// A sign-in that is over ends the stream of changes, and is said.
let over = false;
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status !== 401) return;
  over = true;
  const toast = document.getElementById("toast");
  toast.className = "toast note amber";
  toast.textContent = "登录已超时，页面不再自动更新；填写的内容可以照常提交，届时会请您重新登录。";
});
document.addEventListener("htmx:sse:before:connection", (event) => {
  if (over) event.preventDefault();
});

ready(document);
