/**
 * From nothing to a car that charges: receive webhooks, link a user, keep a copy of its devices in a file,
 * start charging, wait until the car confirms.
 *
 * Without ENODE_CLIENT_ID it runs offline, against a sandbox on this machine. With ENODE_CLIENT_ID,
 * ENODE_CLIENT_SECRET and ENODE_ENVIRONMENT it runs against Enode: open the link that it prints. Enode
 * can reach this machine only through a tunnel: with its public address in ENODE_WEBHOOK_URL, and PORT
 * where it leads, webhooks come here too. Without one, the car is asked until it confirms.
 */
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import {
  Enode,
  isActionFailedError,
  isBadRequestError,
  isConfigurationError,
  type Vehicle,
} from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { type SandboxServer, startSandbox } from "enode-sdk/sandbox";
import { sqliteStorage } from "enode-sdk/storage/sqlite";
import { generateWebhookSecret, nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";

const userId = "quickstart-user";
const log = (what: string, detail = "") => console.log(`   ${what.padEnd(16)} ${detail}`);
let steps = 0;
/** Begins a step, with the line of code that does it. */
function step(title: string, code: string): void {
  steps += 1;
  console.log(`\n${styleText("bold", `${steps}. ${title}`)}\n   ${styleText("cyan", code)}`);
}

// A car of the sandbox takes 1.5 s here, so that its webhook comes before the second look of wait().
const sandbox = process.env["ENODE_CLIENT_ID"]
  ? undefined
  : await startSandbox({ actionDelay: 1_500 });
if (sandbox) Object.assign(process.env, sandbox.env);
const publicUrl = sandbox ? undefined : process.env["ENODE_WEBHOOK_URL"];

const enode = connect();
// A server of yours has a file, or a database, that stays.
const path = join(mkdtempSync(join(tmpdir(), "enode-")), "quickstart.db");
const storage = sqliteStorage({ path });
const mirror = new Mirror({ enode, store: storage.deviceStore });
const webhooks = sandbox || publicUrl ? await receiveWebhooks() : undefined;
try {
  await run(sandbox);
} finally {
  webhooks?.server.close();
  webhooks?.server.closeAllConnections();
  await webhooks?.receiver.stop();
  storage.close();
  await sandbox?.close();
}
console.log(
  `\nNext: ${styleText("bold", "npx enode-sdk sandbox --fleet small --open")}, a page on which you play with devices.`,
);

/** The client of the environment; without one it ends with a line that says what is missing. */
function connect(): Enode {
  try {
    return Enode.fromEnv({
      hooks: {
        onTokenRefresh: ({ error }) =>
          log("token", error ? error.message : "obtained, shared by all calls"),
        onRetry: ({ operation, delayMs }) => log("retry", `${operation} in ${delayMs} ms`),
      },
    });
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/** Listens for webhooks on this machine, keeps them in the file, and has the mirror follow them. */
async function receiveWebhooks() {
  // A server of yours has one secret, and keeps it where it keeps the client secret.
  const secret = generateWebhookSecret();
  const receiver = new WebhookReceiver({
    secret,
    store: storage.eventStore,
    namespace: enode.namespace,
  });
  mirror.attach(receiver);
  receiver.on("*", (event) => {
    const changed = "updatedFields" in event ? event.updatedFields : [];
    log(
      "webhook",
      `${event.event} ${changed.slice(0, 2).join(", ")}${changed.length > 2 ? ", …" : ""}`,
    );
  });
  receiver.start();
  const server = createServer(nodeHandler(receiver));
  server.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1");
  await once(server, "listening");
  const localUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  log("webhooks", `received at ${localUrl}${publicUrl ? `, through ${publicUrl}` : ""}`);
  return { secret, receiver, server, url: publicUrl ?? localUrl };
}

async function run(local: SandboxServer | undefined): Promise<void> {
  log("environment", local ? `local sandbox at ${local.apiUrl}` : process.env["ENODE_ENVIRONMENT"]);
  log("mirror", `in ${path}`);

  // What changes from now on comes as signed deliveries.
  step("Subscribe to webhooks", "await enode.webhooks.ensure({ url, secret })");
  if (!webhooks) {
    log("left out", "set ENODE_WEBHOOK_URL to a tunnel to this machine");
    return charge(local);
  }
  const { url, secret } = webhooks;
  const { id, isActive } = await enode.webhooks.ensure({ url, secret });
  log("subscribed", isActive ? "to all events" : "but the webhook is not active");
  try {
    await charge(local);
    await local?.deliver(); // what is still on its way
  } finally {
    await enode.webhooks.delete(id); // a server of yours leaves it there
  }
}

async function charge(local: SandboxServer | undefined): Promise<void> {
  // A user comes into being with its first link session. In an app, you send the user to linkUrl.
  step("Link a user", "const { linkUrl } = await enode.users.link(userId, { … })");
  const { linkUrl, linkToken } = await enode.users.link(userId, {
    vendorType: "vehicle",
    scopes: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
    language: "en-GB",
    redirectUri: "https://example.com/linked",
  });
  if (local) {
    await local.completeLink(linkToken, {
      vendor: "TESLA",
      devices: ["Anna's car", "Ben's car", "The old one"].map((displayName) => ({ displayName })),
    });
    log("link session", "completed by the sandbox, in place of a person");
  } else {
    log("link session", `open ${linkUrl}`);
  }

  // What the handler of an app's request should hold: a client that reaches this one user only.
  const user = enode.user(userId);
  while ((await user.get()).linkedVendors.length === 0) await sleep(2_000);
  for (const { vendor, vendorType, isValid } of (await user.get()).linkedVendors) {
    log("linked", `${vendor} (${vendorType}), ${isValid ? "credentials work" : "relink needed"}`);
  }

  // What was there before the first webhook is read page by page; from then on the mirror follows events.
  step("Keep a copy of the devices", "await mirror.backfill()");
  const { kinds } = await mirror.backfill({ kinds: ["vehicle", "user"] });
  log("backfill", `${kinds.vehicle?.listed} vehicles of ${kinds.user?.listed} user`);
  await show("mirror");

  // A command is asynchronous: it answers with an action, which ends when the car confirms it.
  step(
    "Charge a car",
    "const action = await enode.user(userId).vehicles.startCharging(vehicle.id)",
  );
  const vehicles = await user.vehicles.list().toArray({ limit: 100 });
  const vehicle = vehicles.find(
    ({ chargeState }) => chargeState.isPluggedIn && !chargeState.isCharging,
  );
  if (!vehicle) return log("done", "no vehicle is plugged in and waiting to be charged");
  const heard = webhooks && hearOf(vehicle.id);
  try {
    const action = await user.vehicles.startCharging(vehicle.id);
    log("start charging", `${nameOf(vehicle)}: ${action.state}`);
    // Ends with the event that tells it, or with a look, whichever comes first.
    step("Know that it happened", "const { state } = await user.vehicles.actions.wait(action)");
    const options = { deadline: 300_000, ...(webhooks && { receiver: webhooks.receiver }) };
    const { state } = await user.vehicles.actions.wait(action, options);
    log("car says", state);
    // The webhook about the car itself comes by its own, and the mirror has it.
    await Promise.race([heard, sleep(60_000, undefined, { ref: false })]);
    await show("mirror now");
  } catch (error) {
    // Both are answers of the car rather than faults of the program.
    if (isActionFailedError(error)) return log("car says", `FAILED, ${error.failureReason?.type}`);
    if (isBadRequestError(error))
      return log("car says", `not possible now: ${error.problem?.detail}`);
    throw error;
  }
}

/** What its owner calls a car. */
function nameOf({ information }: Pick<Vehicle, "information">): string {
  const { brand, model, displayName } = information;
  return displayName ?? `${brand} ${model}`;
}

/** Resolves when the mirror hears that a vehicle charges. */
function hearOf(vehicleId: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = mirror.devices.watch(({ device }) => {
      if (device.id !== vehicleId || device.kind !== "vehicle") return;
      if (!device.data?.chargeState?.isCharging) return;
      stop();
      resolve();
    });
  });
}

/** Prints what the file knows of the user's vehicles: nothing is asked of Enode. */
async function show(what: string): Promise<void> {
  for await (const device of mirror.devices.list({ userId, kind: "vehicle" })) {
    if (device.kind !== "vehicle" || device.partial) continue;
    const { information, chargeState } = device.data;
    const { batteryLevel, chargeRate, powerDeliveryState } = chargeState;
    const level = batteryLevel === null ? "unknown" : `${batteryLevel} %`;
    const rate = chargeRate === null ? "" : ` at ${chargeRate} kW`;
    log(
      what,
      `${nameOf({ information })}, battery ${level}, ${powerDeliveryState}${rate} (by ${device.source})`,
    );
  }
}
