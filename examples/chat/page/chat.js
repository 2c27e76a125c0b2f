// What the page does. The address names the user and the conversation.

import { Refused, readAnswer, request } from "./server.js";
import * as view from "./view.js";

const LOST = "The server does not respond. Your message is kept here: send it again, it is not stored twice.";
const LOST_VIEW = "The server does not respond. Reload the page to see the conversation.";
const QUEUED = "Your message will be sent after this answer.";

const user = new URLSearchParams(location.search).get("user") || "guest";
let chat; // the open conversation
let stored; // what the server has of it
let shown; // the version on the page; null while an answer comes
let unsent; // a message that failed, but may have been stored: sent again, it keeps its key
let queued; // whether to send what is in the box after the current answer
let attempting = false; // whether a request of a button is on its way
let latest = 0; // the number of the latest action, which overtakes those before it
let leave = new AbortController(); // ends the requests about a conversation that is left

const addressOf = (id) => `?${new URLSearchParams({ user, chat: id })}`;
const call = (...what) => request(user, leave.signal, ...what);
const here = (path = "") => `/${encodeURIComponent(chat)}${path}`;
const actions = { edit: (turn, text) => ask(text, turn), regenerate, fork };

function open(id, remember) {
  leave.abort();
  leave = new AbortController();
  chat = id;
  stored = { messages: [], version: "", question: null };
  unsent = shown = null;
  queued = false;
  remember?.call(history, null, "", addressOf(id));
  view.showMessages([], actions);
  view.setBusy(false);
  view.say("");
  view.warn("");
  view.box.focus();
  return load();
}

const openNew = () => open(crypto.randomUUID(), history.pushState);

const reason = (error, lost) => (error instanceof Refused ? error.message : lost);

// Show what the server has. While an answer is on its way, read along.
async function load(problem = "") {
  const mine = ++latest;
  try {
    do {
      const [rows, state] = await Promise.all(
        ["", here()].map(async (path) => (await call("GET", path)).json()),
      );
      if (latest !== mine) return;
      view.showConversations(rows, chat, addressOf, (id) => open(id, history.pushState));
      stored = state;
      if (state.question !== null) await follow(state.question, () => call("GET", here("/answer")));
    } while (latest === mine && stored.question !== null);
  } catch (error) {
    if (latest === mine) view.warn(problem || reason(error, LOST_VIEW));
  }
  if (latest === mine) settle();
}

// Show a question, and its answer as it comes. Return whether they were stored, and if not, why.
async function follow(question, send, turn = Infinity) {
  const before = stored.messages.filter((message) => message.turn < turn);
  const coming = [{ role: "user", text: question }, { role: "assistant", text: "" }];
  shown = null;
  const paragraph = view.showMessages([...before, ...coming], actions);
  view.setBusy(true);
  const response = await send();
  if (response.status === 204) return { stored: true }; // it has just ended
  view.setStoppable(true);
  return readAnswer(response, (text) => view.appendText(paragraph, text));
}

function settle() {
  if (shown !== stored.version) view.showMessages(stored.messages, actions);
  shown = stored.version;
  view.setBusy(false);
  if (queued) send();
}

// Send a message. With a turn, it replaces that turn and those after it.
async function ask(text, turn) {
  if (view.isBusy()) return;
  const mine = ++latest;
  const again = unsent?.text === text && unsent.turn === turn;
  const key = again ? unsent.key : crypto.randomUUID();
  unsent = { text, turn, key };
  view.say("");
  view.warn("");
  const message = { text, turn, version: stored.version };
  let outcome;
  try {
    outcome = await follow(text, () => call("POST", here("/messages"), message, key), turn);
    if (!outcome.problem) unsent = null;
  } catch (error) {
    outcome = { stored: false, problem: reason(error, LOST) };
  }
  if (latest !== mine) return;
  const opened = chat;
  view.warn(outcome.problem ?? "");
  if (!outcome.stored) queued = false;
  if (!outcome.stored && turn === undefined) view.giveBack(text);
  await load(outcome.problem);
  if (outcome.stored || turn === undefined || chat !== opened || view.isBusy()) return;
  view.openEditor(turn, text, actions);
}

function send() {
  const text = view.box.value.trim();
  queued = view.isBusy() && text !== "";
  if (queued) return view.say(QUEUED);
  if (text) {
    view.box.value = "";
    ask(text);
  }
}

function regenerate(turn) {
  const asked = (message) => message.turn === turn && message.role === "user";
  return ask(stored.messages.findLast(asked).text, turn);
}

// Do what a button says, once for a double click, and show why it failed.
async function attempt(requests) {
  if (attempting) return;
  attempting = true;
  view.warn("");
  try {
    await requests();
  } catch (error) {
    if (error.name !== "AbortError") view.warn(reason(error, LOST_VIEW));
  } finally {
    attempting = false;
  }
}

function fork(turn) {
  return attempt(async () => {
    const copy = await (await call("POST", here("/fork"), { turn })).json();
    open(copy.chat, history.pushState);
  });
}

view.newButton.onclick = openNew;
view.stopButton.onclick = () => attempt(() => call("POST", here("/stop")));
view.deleteButton.onclick = () =>
  confirm(`Delete “${view.title.value}”?`) &&
  attempt(async () => {
    await call("DELETE", here());
    open(crypto.randomUUID(), history.replaceState);
  });
view.title.onchange = () =>
  attempt(async () => {
    await call("PATCH", here(), { title: view.title.value.trim() });
    if (!view.isBusy()) await load();
  });
view.composer.onsubmit = (event) => {
  event.preventDefault();
  send();
};
view.sendOnEnter(view.box);
view.showUser(user);

// Another tab may have changed the conversation.
addEventListener("focus", () => view.isBusy() || view.isEditing() || load());
addEventListener("popstate", openFromAddress);
function openFromAddress() {
  const named = new URLSearchParams(location.search).get("chat");
  return named ? open(named) : open(crypto.randomUUID(), history.replaceState);
}
openFromAddress();
