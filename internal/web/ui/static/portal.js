// What the public pages and the sign-in do beyond plain HTML. Without it they
// work all the same.
import { once, focusProblem } from "./form.js";

once(document);
focusProblem(document);

// Pictures chosen for upload are shown before they are sent; a file of a wrong
// kind or size is said at once.
for (const input of document.querySelectorAll("input[type=file][data-preview]")) {
  const list = document.getElementById(input.dataset.preview);
  input.addEventListener("change", () => {
    list.replaceChildren(...[...input.files].map(preview));
    const large = [...input.files].find((file) => file.size > Number(input.dataset.max || 20 * 1024 * 1024));
    input.setCustomValidity(large ? input.dataset.large || "文件过大" : "");
    input.reportValidity();
  });
}

function preview(file) {
  const item = document.createElement("li");
  if (file.type.startsWith("image/")) {
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = "";
    item.append(picture);
  } else {
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.textContent = file.name.split(".").pop().toUpperCase();
    item.append(kind);
  }
  item.append(document.createTextNode(`${file.name} · ${Math.ceil(file.size / 1024)} KB`));
  return item;
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
}

// The townships of a county, once it is chosen.
for (const county of document.querySelectorAll("select[data-towns]")) {
  const town = document.getElementById(county.dataset.towns);
  const all = [...town.options];
  const narrow = () => {
    town.replaceChildren(...all.filter((o) => !o.value || o.dataset.county === county.value));
    town.disabled = !county.value;
  };
  county.addEventListener("change", () => { town.value = ""; narrow(); });
  narrow();
}
