// One, or several, of many: a list that is looked up while somebody types. The
// server finds; here are only the keys. After the combobox pattern of the ARIA
// Authoring Practices.

export function pickers(root) {
  for (const box of root.querySelectorAll("[data-picker]:not([data-ready])")) setUp(box);
}

function setUp(box) {
  box.dataset.ready = "yes";
  const input = box.querySelector("[role=combobox]");
  const list = box.querySelector("[role=listbox]");
  const chips = box.querySelector(".chips");
  const many = "many" in box.dataset;
  const must = input.required;
  let waiting, asked = 0, shown = ""; // the words that the list answers

  // What is chosen stands in the chips; the line beneath may stay empty then.
  const changed = () => {
    input.required = must && chips.children.length === 0;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };
  input.required = must && chips.children.length === 0;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (option) => {
    list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };
  const show = (options) => {
    list.replaceChildren(...options.map((o, i) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${i}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.value = o.value;
      item.dataset.label = o.label;
      item.textContent = o.label;
      if (o.hint) {
        const hint = document.createElement("small");
        hint.textContent = o.hint;
        item.append(hint);
      }
      return item;
    }));
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    mark(list.firstElementChild);
  };
  const look = async () => {
    const mine = ++asked;
    const words = input.value.trim();
    if (!words) { close(); return; }
    const answer = await fetch(`${box.dataset.source}${box.dataset.source.includes("?") ? "&" : "?"}q=${encodeURIComponent(words)}`);
    if (!answer.ok || mine !== asked) return;
    show(await answer.json());
    shown = words;
  };
  // Who types fast and presses Enter means the words, not what an older list shows.
  const enter = async (at) => {
    const words = input.value.trim();
    if (!words) return;
    if (shown === words) { if (!list.hidden) choose(at); return; }
    clearTimeout(waiting);
    await look();
    if (shown === words && input.value.trim() === words) choose(list.firstElementChild);
  };
  const choose = (option) => {
    if (!option) return;
    if (!many) chips.replaceChildren();
    if (![...chips.querySelectorAll("input")].some((i) => i.value === option.dataset.value)) chips.append(chip(option));
    input.value = shown = "";
    input.setCustomValidity("");
    close();
    changed();
  };
  const chip = (option) => {
    const item = document.createElement("li");
    item.className = "chip";
    item.textContent = option.dataset.label;
    const value = document.createElement("input");
    value.type = "hidden";
    value.name = box.dataset.name;
    value.value = option.dataset.value;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.setAttribute("aria-label", `移除 ${option.dataset.label}`);
    remove.textContent = "×";
    item.append(value, remove);
    return item;
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
    // Words that nothing was chosen by would be lost.
    input.setCustomValidity(input.value.trim() ? "请从列表中选择，或清空" : "");
  });
  input.addEventListener("keydown", (event) => {
    const at = list.querySelector("[aria-selected=true]");
    switch (event.key) {
      case "ArrowDown": mark(at?.nextElementSibling ?? list.firstElementChild); event.preventDefault(); break;
      case "ArrowUp": mark(at?.previousElementSibling ?? list.lastElementChild); event.preventDefault(); break;
      case "Enter": enter(at); event.preventDefault(); break; // never sends the form
      case "Escape": close(); break;
      case "Backspace": if (!input.value) { chips.lastElementChild?.remove(); changed(); } break;
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => { event.preventDefault(); choose(event.target.closest("[role=option]")); });
  chips.addEventListener("click", (event) => {
    if (event.target.closest("button")) {
      event.target.closest(".chip").remove();
      changed();
    }
  });
}
