// Forms, on all pages.

// once keeps a second press of the button from sending a form again, and asks
// before what cannot be undone.
export function once(root) {
  for (const form of root.querySelectorAll("form[data-once]:not([data-ready])")) {
    form.dataset.ready = "yes";
    form.addEventListener("submit", (event) => {
      if (form.dataset.confirm && !form.dataset.sure) {
        event.preventDefault();
        ask(form, event.submitter);
        return;
      }
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      const button = event.submitter ?? form.querySelector("button:not([type=button])");
      // After the browser has read the button's own value.
      setTimeout(() => { if (button) button.disabled = true; });
    });
  }
}

// ask shows what a form is about to do, and sends it when that is wanted.
function ask(form, button) {
  const box = document.createElement("dialog");
  box.setAttribute("aria-label", form.dataset.sureLabel);
  box.setAttribute("aria-describedby", "sure");
  box.innerHTML = '<p id="sure"></p><div class="actions"><button type="button" class="button grave"></button><button type="button" class="button"></button></div>';
  const [yes, no] = box.querySelectorAll("button");
  box.querySelector("p").textContent = form.dataset.confirm;
  yes.textContent = form.dataset.sureLabel;
  no.autofocus = true; // Enter pressed once too often does nothing
  no.textContent = form.dataset.cancel || "取消";
  yes.addEventListener("click", () => {
    form.dataset.sure = "yes";
    box.close();
    form.requestSubmit(button);
  });
  no.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}

// A page that comes back from the browser's store must be usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.sure;
    for (const button of form.querySelectorAll("button[disabled]")) button.disabled = false;
  }
});

// focusProblem takes the reader to what is wrong with what they sent.
export function focusProblem(root) {
  root.querySelector("[data-focus]")?.focus();
}
