/**
 * Starts the app: `npm run fleet`.
 *
 * Without credentials of Enode in the environment it starts the sandbox in this process, and an hour there takes a
 * minute. README.md names the variables.
 */
import { startSandbox } from "enode-sdk/sandbox";
import { generateWebhookSecret } from "enode-sdk/webhooks";
import { startFleet } from "./app.ts";

const { env } = process;
const sandbox = env["ENODE_CLIENT_ID"] ? undefined : await startSandbox({ clock: { speed: 60 } });
if (sandbox) Object.assign(env, sandbox.env);
else if (!env["ENODE_WEBHOOK_SECRET"] || !env["ENODE_WEBHOOK_URL"]) {
  console.error(
    "Set ENODE_WEBHOOK_SECRET, and ENODE_WEBHOOK_URL to a public address of this app's /webhooks/enode.",
  );
  process.exit(1);
}

const fleet = await startFleet({
  databaseUrl: env["DATABASE_URL"] ?? ":memory:",
  webhookSecret: env["ENODE_WEBHOOK_SECRET"] ?? generateWebhookSecret(),
  webhookUrl: sandbox ? undefined : env["ENODE_WEBHOOK_URL"],
  publicUrl: env["PUBLIC_URL"],
  port: Number(env["PORT"] ?? 3000),
  ...(sandbox && { now: () => sandbox.clock.now(), sandboxUrl: sandbox.apiUrl }),
});
console.log(`Fleet:   ${fleet.url}`);
if (sandbox) console.log(`Sandbox: ${sandbox.apiUrl} (plug cars in, set the clock forward)`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await fleet.close();
    await sandbox?.close();
  });
}
