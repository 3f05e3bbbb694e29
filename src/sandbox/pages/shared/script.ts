/** Enhances pages, which work without it: changes arrive by themselves, and forms do not reload the page. */
export const script = `"use strict";

// Updates a part of the page and keeps equal nodes, so that focus and clicks survive.
function morph(old, fresh) {
  const isOther = old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id;
  if (isOther) {
    old.replaceWith(fresh.cloneNode(true));
    return;
  }
  // What a script of the page fills is its own.
  if (old.dataset?.client !== undefined) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    // The reader decides whether details are open.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const children = [...old.childNodes];
  const newer = [...fresh.childNodes];
  for (const [at, child] of newer.entries()) {
    if (at < children.length) morph(children[at], child);
    else old.append(child.cloneNode(true));
  }
  for (const child of children.slice(newer.length)) child.remove();
}

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const part = (id) => document.getElementById(id);

function update(fresh) {
  const old = fresh.id === "" ? null : part(fresh.id);
  if (old === null) return;
  // The focus must not be lost with a button that was removed or replaced.
  const { activeElement } = document;
  const group = old.contains(activeElement) ? activeElement.closest("[data-group]") : null;
  morph(old, fresh);
  if (group === null || document.activeElement !== document.body) return;
  const home = part(group.id);
  const buttons = [...(home?.querySelectorAll("button") ?? [])];
  const same = buttons.find(({ value }) => value === activeElement.value);
  (same ?? buttons[0] ?? home)?.focus();
}

let source;
function listen() {
  source?.close();
  const live = document.body.querySelector("[data-stream]");
  if (live === null) return;
  source = new EventSource(live.dataset.stream + location.search);
  const light = part("connection");
  source.addEventListener("open", () => { light.textContent = "Live"; });
  source.addEventListener("error", () => { light.textContent = "Connection lost, trying again"; });
  source.addEventListener("part", ({ data }) => {
    update(parse(JSON.parse(data)).body.firstElementChild);
  });
  source.addEventListener("news", ({ data }) => { part("news").textContent = JSON.parse(data); });
}

async function submit(form, submitter) {
  const notice = part("notice");
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const response = await fetch(form.getAttribute("action"), { method: "POST", body });
    if (!response.ok) throw new Error(await response.text());
    const page = parse(await response.text());
    for (const fresh of page.querySelectorAll("[data-part]")) update(fresh);
    const { search } = new URL(response.url);
    notice.textContent = page.getElementById("notice").textContent;
    const address = new URL(location.href);
    address.search = search;
    address.searchParams.delete("note");
    const isOther = address.search !== location.search;
    history.replaceState(null, "", address);
    if (isOther) {
      // It is about something else now: also what is never updated.
      part("main").replaceWith(page.getElementById("main"));
      part("main").focus();
      listen();
    }
    if (form.matches("[data-reset]")) form.reset();
  } catch (error) {
    notice.textContent = "That did not work: " + error.message;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !document.body.matches(".workbench")) return;
  if (event.submitter?.matches("[data-leaves]")) return;
  event.preventDefault();
  void submit(form, event.submitter);
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (button === null) return;
  try {
    await navigator.clipboard.writeText(part(button.dataset.copy).textContent);
    part("notice").textContent = "Copied";
  } catch {
    part("notice").textContent = "The browser does not let this page copy: select the lines instead";
  }
});

listen();
`;
