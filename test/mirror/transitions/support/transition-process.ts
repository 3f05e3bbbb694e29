// Run as a process of its own: a server with a receiver, a worker and a mirror whose transitions it tells. It stops for
// ever where it is told to, as if it had died there, and is killed then.
import { createServer } from "node:http";
import { flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { Enode } from "../../../../src/index.ts";
import { Mirror } from "../../../../src/mirror/index.ts";
import type { DeviceStore } from "../../../../src/storage/index.ts";
import { sqliteStorage } from "../../../../src/storage/sqlite/index.ts";
import { nodeHandler, WebhookReceiver } from "../../../../src/webhooks/index.ts";

/** The first message to the process. */
export interface TransitionProcessOptions {
  readonly path: string;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secret: string;
  /** After how many calls of the store it stops; undefined for never. */
  readonly lastCall?: number | undefined;
  /** In which of the calls of its handler it stops; undefined for never. */
  readonly lastTransition?: number | undefined;
}

/** Its messages: the port for deliveries, a transition that was told, or that it has stopped. */
export type TransitionProcessMessage = { port: number } | { told: string } | { stopped: true };

const options: TransitionProcessOptions = JSON.parse(process.argv[2] ?? "");
const reply = (message: TransitionProcessMessage) => process.send?.(message);
let ahead = 0;
const now = Date.now;
Date.now = () => now() + ahead;

function stop(): Promise<never> {
  reply({ stopped: true });
  return new Promise(() => undefined);
}

const { deviceStore, eventStore } = sqliteStorage({ path: options.path, now: () => Date.now() });
let calls = 0;
const store = new Proxy(deviceStore, {
  get(target: DeviceStore, name) {
    const method: unknown = Reflect.get(target, name);
    if (typeof method !== "function") return method;
    return (...values: unknown[]) =>
      calls++ === options.lastCall ? stop() : method.apply(target, values);
  },
});
const enode = new Enode({
  environment: "sandbox",
  clientId: options.clientId,
  clientSecret: options.clientSecret,
  baseUrl: options.apiUrl,
  tokenUrl: options.tokenUrl,
});
const receiver = new WebhookReceiver({
  secret: options.secret,
  store: eventStore,
  namespace: enode.namespace,
  onError: () => undefined,
});
const mirror = new Mirror({ enode, store, onError: () => undefined });
let transitions = 0;
mirror.onTransition("*", async ({ id, name }) => {
  if (!name.endsWith("plugged-in") && !name.endsWith("unplugged")) return;
  if (transitions++ === options.lastTransition) await stop();
  reply({ told: id });
});
mirror.attach(receiver);
receiver.start();

// Its clock goes forward, so that the leases of a dead process end.
process.on("message", (milliseconds: number) => {
  ahead += milliseconds;
});
process.on("disconnect", () => process.exit());
const server = createServer(nodeHandler(receiver));
// It has an address of the network, as it listens to a port.
server.listen(0, "127.0.0.1", () => reply({ port: (server.address() as AddressInfo).port }));
// It is killed, and would leave its compiled sources to nobody.
flushCompileCache();
