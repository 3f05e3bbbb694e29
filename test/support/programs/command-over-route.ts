// Run as a process of its own, in a network namespace of its own: sends a read, and a command on the same
// connection once it is told to. What happens it writes, line by line.
import { once } from "node:events";
import { Enode } from "../../../src/enode.ts";
import { isConnectionError } from "../../../src/errors/index.ts";

const [address = ""] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const enode = new Enode({
  environment: "sandbox",
  tokenProvider: async () => ({ token: "token-1", expiresAt: 8.64e15 }),
  // Addresses other than this machine's are https only.
  fetch: (request, init) =>
    globalThis.fetch(request.url.replace("https://server.example", address), init),
  baseUrl: "https://server.example",
  timeout: 20_000,
  hooks: { onRetry: () => say("retry") },
});

await enode.vehicles.get("v-1");
say("ready");
await once(process.stdin, "data");
try {
  await enode.vehicles.startCharging("v-1");
  say("resolved");
} catch (error) {
  if (!isConnectionError(error)) throw error;
  say(`failed beforeSend=${error.beforeSend} ${error.message}`);
}
process.exit();
