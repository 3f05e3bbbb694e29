/**
 * From nothing to a car that charges: link a user, page through the devices, start charging, wait
 * until the car confirms.
 *
 * Without ENODE_CLIENT_ID it runs offline, against a sandbox on this machine. With ENODE_CLIENT_ID,
 * ENODE_CLIENT_SECRET and ENODE_ENVIRONMENT it runs against Enode: open the link that it prints.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Enode, isActionFailedError, isBadRequestError } from "enode-sdk";
import { type SandboxServer, startSandbox } from "enode-sdk/sandbox";

const userId = "quickstart-user";
const log = (step: string, detail = "") => console.log(`${step.padEnd(22)} ${detail}`);

const sandbox = process.env["ENODE_CLIENT_ID"] ? undefined : await startSandbox();
if (sandbox) Object.assign(process.env, sandbox.env);
try {
  await run(sandbox);
} finally {
  await sandbox?.close();
}

async function run(local: SandboxServer | undefined): Promise<void> {
  log("environment", local ? `local sandbox at ${local.apiUrl}` : process.env["ENODE_ENVIRONMENT"]);
  const enode = Enode.fromEnv({
    hooks: {
      onTokenRefresh: ({ error }) =>
        log("token", error ? error.message : "obtained, shared by all calls"),
      onRetry: ({ operation, delayMs }) => log("retry", `${operation} in ${delayMs} ms`),
    },
  });

  // 1. A user comes into being with its first link session. In an app, you send the user to linkUrl.
  const { linkUrl, linkToken } = await enode.users.link(userId, {
    vendorType: "vehicle",
    scopes: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
    language: "en-GB",
    redirectUri: "https://example.com/linked",
  });
  if (local) {
    await local.completeLink(linkToken, { vendor: "TESLA", devices: 3 });
    log("link session", "completed by the sandbox, in place of a person");
  } else {
    log("link session", `open ${linkUrl}`);
  }

  // 2. What the handler of an app's request should hold: a client that reaches this one user only.
  const user = enode.user(userId);
  while ((await user.get()).linkedVendors.length === 0) await sleep(2_000);
  for (const { vendor, vendorType, isValid } of (await user.get()).linkedVendors) {
    log("linked", `${vendor} (${vendorType}), ${isValid ? "credentials work" : "relink needed"}`);
  }

  // 3. Items, page after page.
  for await (const { information, chargeState } of user.vehicles.list({ pageSize: 2 })) {
    const level = chargeState.batteryLevel === null ? "unknown" : `${chargeState.batteryLevel} %`;
    log(
      "vehicle",
      `${information.brand} ${information.model}, battery ${level}, ${chargeState.powerDeliveryState}`,
    );
  }

  // 4. A command is asynchronous: it answers with an action, which ends when the car confirms it.
  const vehicles = await user.vehicles.list().toArray({ limit: 100 });
  const vehicle = vehicles.find(
    ({ chargeState }) => chargeState.isPluggedIn && !chargeState.isCharging,
  );
  if (!vehicle) return log("done", "no vehicle is plugged in and waiting to be charged");
  try {
    const action = await user.vehicles.startCharging(vehicle.id);
    log(
      "start charging",
      `${vehicle.information.brand} ${vehicle.information.model}: ${action.state}`,
    );
    const { state } = await user.vehicles.actions.wait(action, { deadline: 300_000 });
    const { chargeState } = await user.vehicles.get(vehicle.id);
    log("car says", `${state}, ${chargeState.powerDeliveryState} at ${chargeState.chargeRate} kW`);
  } catch (error) {
    // Both are answers of the car rather than faults of the program.
    if (isActionFailedError(error)) return log("car says", `FAILED, ${error.failureReason?.type}`);
    if (isBadRequestError(error))
      return log("car says", `not possible now: ${error.problem?.detail}`);
    throw error;
  }
}
