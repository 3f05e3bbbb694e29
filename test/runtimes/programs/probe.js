import { Enode, isNotFoundError } from "enode-sdk";
import { createSandbox, startSandbox } from "enode-sdk/sandbox";
import {
  generateWebhookSecret,
  verifyWebhook,
  WebhookReceiver,
  webhookRequest,
} from "enode-sdk/webhooks";

function check(isRight, what) {
  if (!isRight) throw new Error(`The probe failed: ${what}`);
}

/**
 * Uses the package as a program does; returns "probe ok" and its steps, throws at the first that fails.
 *
 * @param {{ isLocal?: boolean, hasStore?: boolean }} options isLocal: no HTTP, the sandbox answers in this process.
 */
export async function probe({ isLocal = false, hasStore = true } = {}) {
  const options = { seed: 1, actionDelay: 20, fleet: { users: 3, vehiclesPerUser: 1 } };
  const sandbox = isLocal ? createSandbox(options) : await startSandbox(options);
  try {
    const client = { ...sandbox.credentials, environment: "sandbox", validate: "throw" };
    const enode = new Enode(
      isLocal
        ? { ...client, fetch: sandbox.fetch }
        : { ...client, baseUrl: sandbox.apiUrl, tokenUrl: sandbox.tokenUrl },
    );
    const steps = ["token", "list", "action", "not found", "abort", "webhook"];

    const vehicles = await enode.vehicles.list({ pageSize: 1 }).toArray({ limit: 10 });
    check(vehicles.length === 3, "three vehicles on three pages");
    check(sandbox.tokens.issued === 1, "one token");

    const action = await enode.vehicles.startCharging(vehicles[0].id);
    const done = await enode.vehicles.actions.wait(action, { deadline: 30_000 });
    check(done.state === "CONFIRMED", "a charge that is confirmed");

    const missing = await enode.vehicles
      .get("00000000-0000-4000-8000-000000000000")
      .catch((error) => error);
    check(isNotFoundError(missing) && missing.status === 404, "a NotFoundError");

    const aborted = await enode.vehicles.list({}, { signal: AbortSignal.abort() }).then(
      () => "no error",
      (error) => error.code,
    );
    check(aborted === "aborted", "an aborted call");

    await receive(undefined);
    if (hasStore) {
      const { sqliteStorage } = await import("enode-sdk/storage/sqlite");
      const storage = sqliteStorage({ path: ":memory:" });
      await storage.migrate?.();
      await receive(storage.eventStore);
      await storage.close();
      steps.push("SQLite");
    }
    return `probe ok: ${steps.join(", ")}`;
  } finally {
    await sandbox.close?.();
  }
}

/** Receives a good delivery and a forged one, in memory or by a store. */
async function receive(store) {
  const secret = generateWebhookSecret();
  const createdAt = new Date().toISOString();
  const event = { event: "system:heartbeat", createdAt, version: "2024-10-01", pendingEvents: 0 };
  const delivery = (key) => webhookRequest([event], { secret: key });
  const verified = await verifyWebhook(await delivery(secret), { secret });
  check(verified.events[0]?.event === "system:heartbeat", "a verified event");
  const receiver = new WebhookReceiver({ secret, onError() {}, ...(store && { store }) });
  const heard = new Promise((resolve) => receiver.on("system:heartbeat", resolve));
  receiver.start?.();
  check((await receiver.handle(await delivery(secret))).status === 200, "a good delivery");
  check((await heard).event === "system:heartbeat", "a handled event");
  const forged = await receiver.handle(await delivery(generateWebhookSecret()));
  check(forged.status === 401, "a forged delivery that is refused");
  await receiver.stop?.();
}
