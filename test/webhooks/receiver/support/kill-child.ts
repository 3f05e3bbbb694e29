// Run as a process of its own, to be killed at a point where it waits for that. Its clock is ahead by a given
// time, so that the leases of those killed before have ended.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import pg from "pg";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { postgresStorage } from "../../../../src/storage/postgres/index.ts";
import { sqliteStorage } from "../../../../src/storage/sqlite/index.ts";
import { WebhookReceiver, webhookRequest } from "../../../../src/webhooks/index.ts";
import { textOf } from "./deliveries.ts";
import type { ChildMessage, ChildOptions, ParentMessage, Point } from "./kill-protocol.ts";

const { database, log, point, ...options }: ChildOptions = JSON.parse(process.argv[2] ?? "");
let { ahead, fails = 0 } = options;
let calls = 0;
const now = Date.now;
Date.now = () => now() + ahead;
// Each poll comes after just a second.
Math.random = () => 0;
// It polls for events only on request, or when it took some in or was done with some.
const pollInterval = 1_000;
const startTimer = setTimeout;
const isPolling = fails > 0;
globalThis.setTimeout = ((callback: () => void, delay: number) =>
  startTimer(
    callback,
    !isPolling && Math.ceil(delay) === pollInterval ? 2 ** 31 - 1 : delay,
  )) as typeof setTimeout;

const { eventStore } =
  "sqlite" in database
    ? sqliteStorage({ path: database.sqlite })
    : postgresStorage({
        pool: new pg.Pool({ connectionString: database.postgres }),
        // Its own clock and not the server's, which is not ahead.
        now: () => Date.now(),
      });
const secret = "a-secret-of-the-tests";
const { appendAndClaim } = eventStore;
const store: EventStore = {
  ...eventStore,
  ...(appendAndClaim && {
    async appendAndClaim(...about) {
      const events = await appendAndClaim(...about);
      // It is kept, although the sender gets no answer.
      if (events !== "duplicate" && events.length > 0) await reach("claim", { isKept: true });
      return events;
    },
  }),
  async claim(limit, lease, namespace) {
    const events = await eventStore.claim(limit, lease, namespace);
    if (events.length > 0) await reach("claim");
    return events;
  },
  async complete(event) {
    await reach("complete");
    const isDone = await eventStore.complete(event);
    tell({ completed: event.id });
    return isDone;
  },
};
const receiver = new WebhookReceiver({
  secret,
  store,
  concurrency: 2,
  maxAttempts: 1_000_000,
  circuit: { failures: 2, maxInterval: 300 },
  onError: () => undefined,
});

receiver.on("*", (event, { id }) => {
  if (fails-- > 0) throw new Error("what the handlers need is away");
  const line = JSON.stringify({ id, text: textOf(event), pid: process.pid });
  const file = openSync(log, "a");
  writeSync(file, `${line}\n`);
  fsyncSync(file);
  closeSync(file);
});

process.on("message", async (message: ParentMessage) => {
  if ("deliver" in message) {
    // Two messages may come in one turn; what `start()` loads is there in the next one.
    await new Promise((resolve) => setImmediate(resolve));
    const response = await receiver.handle(await webhookRequest(message.deliver, { secret }));
    tell({ status: response.status });
    await reach("append");
  } else {
    ahead = message.ahead;
    receiver.start();
  }
});
tell({ ready: true });

/** Stops for ever when this is the point to stop at, or was reached before. */
async function reach(name: Point["name"], about: { readonly isKept?: true } = {}): Promise<void> {
  const { circuit } = receiver.health();
  if (name !== point?.name || (point.circuit ?? circuit) !== circuit) return;
  if (++calls < point.nth) return;
  tell({ reached: name, circuit, ...about });
  await new Promise(() => undefined);
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}
