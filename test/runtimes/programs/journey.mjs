// A sandbox for an app of examples/, and the users of that app: prints the environment that the app needs as JSON, waits
// until the app has registered its webhook, and goes through what users do. Ends with "journey ok".
//
//   node journey.mjs <URL of the app> <prefix of its API> <"page" or path of the API that gives a link URL>
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startSandbox } from "enode-sdk/sandbox";
import { generateWebhookSecret, webhookRequest } from "enode-sdk/webhooks";

const [url, prefix, link] = process.argv.slice(2);
const sandbox = await startSandbox({ seed: 4, clock: "manual" });
const registered = new Promise((resolve) => {
  sandbox.requests.subscribe(({ operation }) => operation === "createWebhook" && resolve());
});
console.log(JSON.stringify(sandbox.env));
await registered;

async function call(user, method, path) {
  const headers = user === undefined ? {} : { "x-user": user };
  const response = await fetch(url + prefix + path, { method, headers });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** What the browser of a user gets. */
const page = async (user) =>
  (await fetch(url, { headers: user === undefined ? {} : { cookie: `user=${user}` } })).text();

/** Sends the form of the page as a browser without scripts does, and gives where it leads. */
async function submit(user) {
  const form = new FormData();
  for (const [, name, value = ""] of (await page(user)).matchAll(
    /<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g,
  )) {
    form.set(name, value);
  }
  const headers = { cookie: `user=${user}`, origin: url };
  const init = { method: "POST", headers, body: form, redirect: "manual" };
  return (await fetch(url, init)).headers.get("location");
}

async function linkUrlOf(user) {
  if (link === "page") return submit(user);
  const { status, body } = await call(user, "POST", link);
  assert.equal(status, 201);
  return body.linkUrl;
}

const vehiclesOf = async (user) => (await call(user, "GET", "/vehicles")).body.vehicles;

/** Waits for what the receiver handles in its own time. */
async function eventually(check) {
  while (!(await check())) await sleep(50);
}

assert.equal((await call(undefined, "GET", "/vehicles")).status, 401);
assert.deepEqual(await vehiclesOf("anna"), []);

const linkToken = new URL(await linkUrlOf("anna")).pathname.split("/").at(-1);
const completion = { vendor: "TESLA", devices: [{ displayName: "The car", batteryLevel: 30 }] };
const [{ id }] = await sandbox.completeLink(linkToken, completion);
await sandbox.deliver();
await eventually(async () => (await vehiclesOf("anna")).length > 0);
const idle = { id, name: "The car", batteryLevel: 30, isCharging: false };
assert.deepEqual(await vehiclesOf("anna"), [idle]);
if (link === "page") assert.ok((await page("anna")).includes("The car: 30 %<"));

const charging = `/vehicles/${id}/charging`;
assert.equal((await call(undefined, "POST", charging)).status, 401);
assert.equal((await call("ben", "POST", charging)).status, 404);
assert.deepEqual(await vehiclesOf("ben"), []);
const started = await call("anna", "POST", charging);
assert.equal(started.status, 202);
assert.equal(started.body.state, "PENDING");
sandbox.clock.advance("1h");
await sandbox.deliver();
await eventually(async () => (await vehiclesOf("anna"))[0].isCharging);
await eventually(async () => (await vehiclesOf("anna"))[0].batteryLevel > 30);
if (link === "page") assert.ok((await page("anna")).includes(" %, charging<"));
const again = await call("anna", "POST", charging);
assert.equal(again.status, 409);
assert.equal(typeof again.body.error, "string");

sandbox.devices.remove(id);
await sandbox.deliver();
await eventually(async () => (await vehiclesOf("anna")).length === 0);

const forged = await webhookRequest([], { secret: generateWebhookSecret() });
const { method, headers } = forged;
const body = await forged.arrayBuffer();
const refused = await fetch(`${url}/webhooks/enode`, { method, headers, body });
assert.equal(refused.status, 401);
await sandbox.close();
console.log("journey ok");
