// Requests to the server, and the events of an answer.

export class Refused extends Error {} // the server says no, and why

export async function request(user, signal, method, path, body, key) {
  const headers = { "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  const address = `chats${path}?user=${encodeURIComponent(user)}`;
  const response = await fetch(address, { method, signal, headers, body: JSON.stringify(body) });
  if (response.ok) return response;
  const { detail } = await response.json().catch(() => ({}));
  throw new Refused(typeof detail === "string" ? detail : `The server failed (${response.status}).`);
}

// Pass on each piece of text as it comes, and return how the answer ended.
export async function readAnswer(response, onText) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the answer broke off");
    received += value;
    const events = received.split("\n\n");
    received = events.pop();
    for (const event of events) {
      const [, name, data] = event.match(/^event: (.*)\ndata: (.*)$/);
      if (name === "end") return JSON.parse(data);
      onText(JSON.parse(data));
    }
  }
}
