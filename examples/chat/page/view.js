// What is on the page. Texts become text nodes, never HTML.

const find = (id) => document.getElementById(id);
const chat = find("chat");
export const [box, title, composer] = ["message", "title", "composer"].map(find);
export const [newButton, deleteButton, stopButton] = ["new", "delete", "stop"].map(find);

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const button = (textContent, onclick, className = "") =>
  make("button", { type: "button", textContent, onclick, className });

export const showUser = (user) => (find("user").textContent = user);
export const say = (text) => (find("status").textContent = text);
export const warn = (text) => (find("problem").textContent = text);
export const isEditing = () => chat.querySelector("form") !== null;
export const isBusy = () => chat.ariaBusy === "true";

export function setBusy(busy) {
  chat.ariaBusy = String(busy);
  if (!busy) setStoppable(false);
}

export function setStoppable(stoppable) {
  if (document.activeElement === stopButton) box.focus(); // rather than nowhere
  stopButton.hidden = !stoppable;
}

export function giveBack(text) {
  box.value = [text, box.value].filter(Boolean).join("\n");
}

export function showConversations(rows, open, addressOf, onOpen) {
  const items = rows.map((row) => {
    const onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in another tab or window
      event.preventDefault();
      onOpen(row.chat);
    };
    const link = make("a", { href: addressOf(row.chat), onclick, dir: "auto" }, row.title);
    if (row.chat === open) link.ariaCurrent = "page";
    return make("li", {}, link);
  });
  const list = find("conversations");
  const focused = [...list.querySelectorAll("a")].indexOf(document.activeElement);
  list.replaceChildren(...items);
  if (focused >= 0) list.querySelector("[aria-current]")?.focus();
  const current = rows.find((row) => row.chat === open);
  title.disabled = deleteButton.disabled = !current;
  if (document.activeElement !== title) title.value = current?.title ?? "";
  document.title = current?.title ?? "New conversation";
}

// Return the paragraph of the last message.
export function showMessages(messages, actions) {
  const hadFocus = chat.contains(document.activeElement) && document.activeElement !== chat;
  keepingEnd(() => chat.replaceChildren(...messages.map((message) => article(message, actions))));
  if (hadFocus) box.focus();
  return chat.lastElementChild?.firstElementChild;
}

export function appendText(paragraph, text) {
  keepingEnd(() => paragraph.append(text));
}

// Stay at the end, but do not pull down a reader who has scrolled up.
function keepingEnd(change) {
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 50;
  change();
  if (atEnd) chat.scrollTop = chat.scrollHeight;
}

function article({ role, text, turn }, actions) {
  const mine = role === "user";
  const first = mine
    ? button("Edit", () => openEditor(turn, text, actions))
    : button("Regenerate", () => actions.regenerate(turn), "regenerate");
  const buttons = make("div", { className: "buttons" }, first);
  buttons.append(button("Fork", () => actions.fork(turn)));
  const paragraph = make("p", { dir: "auto" }, text);
  const element = make("article", { ariaLabel: mine ? "You" : "Assistant" }, paragraph, buttons);
  element.dataset.turn = turn;
  return element;
}

export function openEditor(turn, text, actions) {
  const element = chat.querySelector(`[aria-label=You][data-turn="${turn}"]`);
  if (!element) return;
  const closed = [...element.children];
  const cancel = () => {
    element.replaceChildren(...closed);
    element.querySelector("button").focus();
  };
  const field = make("textarea", { value: text, rows: 3, dir: "auto", ariaLabel: "Edit message" });
  const buttons = make("div", { className: "buttons" }, make("button", {}, "Save"));
  buttons.append(button("Cancel", cancel));
  const form = make("form", {}, field, buttons);
  form.onsubmit = (event) => {
    event.preventDefault();
    if (field.value.trim()) actions.edit(turn, field.value.trim());
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") cancel();
  };
  sendOnEnter(field);
  element.replaceChildren(form);
  field.focus();
}

// Shift+Enter begins a new line, and an input method needs Enter for itself.
export function sendOnEnter(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
}
