// Live pages: the server sends the content of <main> again when something has changed, and this changes what differs.
// The focus, open details and half-filled forms stay. Without this script the pages work, and stand still.
const main = document.querySelector("#main");
const connection = document.querySelector("#connection");

let events;
/** ID of the last message that was shown here. */
let lastId = "";

function connect() {
  const query = new URLSearchParams({ path: main.dataset.live, after: lastId });
  events = new EventSource(`/events?${query}`);
  events.addEventListener("open", () => report("live", "Live"));
  // The browser connects again by itself, and sends the last ID.
  events.addEventListener("error", () => report("waiting", "Connecting again…"));
  events.addEventListener("position", (event) => {
    lastId = event.lastEventId;
  });
  events.addEventListener("page", ({ data }) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = JSON.parse(data).html;
    morphChildren(main, fresh.content);
  });
  events.addEventListener("message", ({ data }) => toast(JSON.parse(data)));
}

function disconnect() {
  events?.close();
  report("waiting", "Paused");
}

// Browsers open six connections to a server, unless it speaks HTTP/2: only tabs that are seen have one.
const follow = () => (document.visibilityState === "visible" ? connect() : disconnect());
document.addEventListener("visibilitychange", () => {
  events?.close();
  follow();
});
addEventListener("pagehide", disconnect);
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
follow();

function report(state, text) {
  connection.dataset.state = state;
  connection.textContent = text;
}

function morphChildren(old, fresh) {
  const [olds, freshes] = [[...old.childNodes], [...fresh.childNodes]];
  freshes.forEach((node, at) => {
    if (olds[at]) morph(olds[at], node);
    else old.append(node);
  });
  for (const rest of olds.slice(freshes.length)) rest.remove();
}

function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) return old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  morphChildren(old, fresh);
}

function toast({ tone, text, link }) {
  const note = document.createElement("div");
  note.className = `toast ${tone}`;
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.textContent = text;
  const close = document.createElement("button");
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => note.remove());
  note.append(anchor, close);
  document.querySelector("#toasts").append(note);
}
