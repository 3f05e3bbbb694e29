/** Updates pages in place, which work without it. */
export const script = `"use strict";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const part = (id) => document.getElementById(id);
const isAlike = (one, other) => one.nodeName === other.nodeName && one.id === other.id;

// Updates an element and keeps equal nodes, so that focus, clicks and what was typed survive. Children with IDs are
// found wherever they were.
function morph(old, fresh) {
  if (!isAlike(old, fresh)) {
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
  const kept = new Map([...old.children].filter(({ id }) => id !== "").map((child) => [child.id, child]));
  const wanted = new Set([...fresh.children].map(({ id }) => id));
  const isKept = (node) => node.id && wanted.has(node.id);
  let at = old.firstChild;
  const drop = () => {
    const { nextSibling } = at;
    at.remove();
    at = nextSibling;
  };
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? kept.get(child.id) : sameAhead(at, child, isKept);
    while (known && at && at !== known && !isKept(at)) drop();
    const isHere = known && isAlike(known, child);
    if (isHere && known === at) at = at.nextSibling;
    else old.insertBefore(isHere ? known : child.cloneNode(true), at);
    if (isHere) morph(known, child);
  }
  while (at) drop();
}

// The next node that a child without an ID can update: text only at this place, or each space would match.
function sameAhead(at, child, isKept) {
  if (child.nodeType !== Node.ELEMENT_NODE) return at && !isKept(at) && isAlike(at, child) ? at : undefined;
  let node = at;
  while (node && !isKept(node) && !isAlike(node, child)) node = node.nextSibling;
  return node && !isKept(node) ? node : undefined;
}

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
`;
