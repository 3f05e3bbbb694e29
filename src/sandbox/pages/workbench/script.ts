/** Enhances the workbench: changes arrive by themselves, and forms do not reload the page. */
export const script = `
const TOAST_TIME = 6000;
let toastTimer;

function hideToastLater() {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    if (part("toast").matches(":hover, :focus-within")) hideToastLater();
    else part("notice").textContent = "";
  }, TOAST_TIME);
}

function say(message, isFailure = false) {
  part("notice").textContent = message;
  part("toast").classList.toggle("failed", isFailure);
  hideToastLater();
}

function showConnection(state) {
  const isPaused = part("clock")?.dataset.paused === "true";
  const light = part("connection");
  light.dataset.state = state === "live" && isPaused ? "paused" : state;
  const words = { live: "Live", paused: "Paused", ended: "Ended" };
  const text = words[light.dataset.state];
  if (light.textContent !== text) light.textContent = text;
  document.body.classList.toggle("has-ended", state === "ended");
  const ended = state === "ended" ? "The sandbox has ended: start it again. This page then goes on by itself." : "";
  if (part("ended").textContent !== ended) part("ended").textContent = ended;
}

// A browser tries again by itself, but not after every failure.
const RETRY = 2000;
// A connection that comes back at once is no news.
const GRACE = 1000;
let source;
let retryTimer;
let endTimer;

function listen() {
  source?.close();
  clearTimeout(retryTimer);
  const { stream, run } = part("main").dataset;
  const opened = new EventSource(stream + location.search);
  source = opened;
  opened.addEventListener("open", () => {
    clearTimeout(endTimer);
    endTimer = undefined;
    showConnection("live");
  });
  opened.addEventListener("error", () => {
    endTimer ??= setTimeout(() => showConnection("ended"), GRACE);
    if (opened.readyState === EventSource.CLOSED) retryTimer = setTimeout(listen, RETRY);
  });
  // Forms of a sandbox that was started again have other tokens.
  opened.addEventListener("run", ({ data }) => { if (JSON.parse(data) !== run) location.reload(); });
  opened.addEventListener("part", ({ data }) => {
    const fresh = parse(JSON.parse(data)).body.firstElementChild;
    update(fresh);
    if (fresh.id === "clock") showConnection("live");
    if (fresh.id === "alerts") document.title = fresh.dataset.title;
  });
  opened.addEventListener("news", ({ data }) => { part("news").textContent = JSON.parse(data); });
}

// A browser opens six connections to a sandbox, so that the seventh tab would wait forever: only what one sees is live.
const GLANCE = 15_000;
let glanceTimer;

function follow() {
  clearInterval(glanceTimer);
  if (document.visibilityState === "visible") return listen();
  leave();
  glanceTimer = setInterval(() => void glance(), GLANCE);
}

function leave() {
  source?.close();
  clearTimeout(retryTimer);
  clearTimeout(endTimer);
  endTimer = undefined;
}

// The title of a tab in the background still tells of inactive webhooks.
async function glance() {
  const response = await fetch(location.href).catch(() => null);
  if (response?.ok) document.title = parse(await response.text()).title;
}

const tabOf = (url) => new URL(url).searchParams.get("tab");

async function submit(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const response = await fetch(form.getAttribute("action"), { method: "POST", body }).catch(() => null);
  if (response === null) say("Nothing was done: the sandbox has ended.", true);
  else if (response.status === 403) location.reload();
  else if (!response.redirected) say("That did not work: " + (await response.text()), true);
  else if (tabOf(response.url) !== tabOf(location.href)) location.assign(response.url);
  else {
    show(parse(await response.text()), withoutNote(response.url));
    if (form.matches("[data-reset]")) form.reset();
  }
}

// Shows what a command has changed, without a new page.
function show(page, address) {
  for (const fresh of page.querySelectorAll("header [data-part]")) update(fresh);
  update(page.getElementById("main"));
  document.title = page.title;
  say(page.getElementById("notice").textContent, page.getElementById("toast").matches(".failed"));
  const isOther = address.search !== location.search;
  history.replaceState(null, "", address);
  if (isOther) follow();
}

// The message of a command is shown once, and not after each reload.
function withoutNote(url) {
  const address = new URL(url);
  address.searchParams.delete("note");
  return address;
}

async function copy(button) {
  const lines = part(button.dataset.copy);
  const what = button.dataset.copied ?? "The text";
  try {
    await navigator.clipboard.writeText(lines.value ?? lines.textContent);
    say(what + " is copied.");
  } catch {
    getSelection().selectAllChildren(lines);
    lines.focus();
    say("The browser does not let this page copy. " + what + " is selected: copy it by the keyboard.", true);
  }
}

if (document.body.matches(".workbench") && part("toast") !== null) {
  part("toast").classList.add("floats");
  part("close-toast").hidden = false;
  part("close-toast").addEventListener("click", () => { part("notice").textContent = ""; });
  if (part("notice").textContent !== "") {
    hideToastLater();
    history.replaceState(null, "", withoutNote(location.href));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // What leads to another page is none of the workbench's.
    if (form.method !== "post" || event.submitter?.matches("[data-leaves]")) return;
    event.preventDefault();
    void submit(form, event.submitter);
  });
  // A choice applies when it is made; its button is for those without this script.
  document.addEventListener("change", ({ target }) => { target.form?.matches("[data-auto]") && target.form.requestSubmit(); });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy]");
    if (button !== null) void copy(button);
  });
  // A page that is left has not lost its connection.
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  document.addEventListener("visibilitychange", follow);
  follow();
}
`;
