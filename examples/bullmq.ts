/**
 * Webhook events through a queue that an app already runs: BullMQ on Redis. The receiver checks each delivery and
 * adds it to the queue; Enode gets its answer when Redis has it. A worker, in this process or in others, handles
 * the events.
 *
 * Run it with ENODE_WEBHOOK_SECRET, and where they differ from these, REDIS_URL=redis://127.0.0.1:6379 and
 * PORT=3000.
 *
 * What to know of retries and order:
 * - A copy of a delivery has the job ID of the first one, so that BullMQ ignores it for as long as it keeps that
 *   job. A crash of Redis can lose what it had not yet written: turn on its append-only file.
 * - A delivery that fails is tried again from the event that failed. An event is handled twice when the process
 *   dies between handling it and noting so.
 * - The events of one delivery are handled in their order, and so are deliveries as long as there is one worker,
 *   its concurrency is 1, and none fails: a delivery that is tried again comes after those that came meanwhile.
 *   So compare times (`createdAt`) before you let older news overwrite newer. Where each device's events must
 *   come in order, also with many workers, use a store of `enode-sdk/storage` in place of the queue.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Job, Queue, Worker } from "bullmq";
import type { WebhookEvent } from "enode-sdk";
import { type DeliveryRecord, deliverySink } from "enode-sdk/storage";
import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
import { Redis } from "ioredis";

/** Where the queue is. */
export interface Place {
  redisUrl: string;
  /** Begins the keys of the queue. Default `bull`. */
  prefix?: string;
}

/** A server that receives deliveries. */
export interface Receiving {
  url: string;
  queue: Queue<DeliveryRecord>;
  close(): Promise<void>;
}

/** A worker that handles events. */
export interface Working {
  /** Resolves when the delivery in work is done. */
  close(): Promise<void>;
}

const queueName = "enode-deliveries";
const hour = 3_600; // s

/** Receives deliveries, and adds them to the queue. */
export async function startServer(
  place: Place,
  { secret, port = 0 }: { secret: string; port?: number },
): Promise<Receiving> {
  const { queue, close } = openQueue(place);
  const store = deliverySink((delivery) =>
    // BullMQ refuses IDs that are numbers, or have a colon in them.
    queue.add("delivery", delivery, { jobId: `sha256-${delivery.digest}` }),
  );
  const server = createServer(nodeHandler(new WebhookReceiver({ secret, store })));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    queue,
    async close() {
      server.close();
      server.closeAllConnections();
      await close();
    },
  };
}

function openQueue({ redisUrl, prefix = "bull" }: Place) {
  // When Redis goes away a delivery fails at once, so that Enode is told to send it again, and waits in no memory.
  const connection = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const queue = new Queue<DeliveryRecord>(queueName, {
    connection,
    prefix,
    defaultJobOptions: {
      attempts: 8,
      backoff: { type: "exponential", delay: 1_000 },
      // Longer than the 24 hours for which Enode repeats deliveries.
      removeOnComplete: { age: 25 * hour },
      removeOnFail: { age: 30 * 24 * hour },
    },
  });
  queue.on("error", report);
  return {
    queue,
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** Handles the events of the deliveries in the queue. */
export function startWorker(
  { redisUrl, prefix = "bull" }: Place,
  handle: (event: WebhookEvent) => unknown,
): Working {
  // BullMQ asks for it: workers wait for Redis however long it takes.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const handleDelivery = async (job: Job<DeliveryRecord>) => {
    // How far the last attempt has come.
    let done = typeof job.progress === "number" ? job.progress : 0;
    for (const { payload } of job.data.events.slice(done)) {
      // The receiver has checked who signed it. Its name can be a new one, as in everything that Enode sends.
      await handle(JSON.parse(payload) as WebhookEvent);
      await job.updateProgress(++done);
    }
  };
  const options = { connection, prefix, concurrency: 1 };
  const worker = new Worker<DeliveryRecord>(queueName, handleDelivery, options);
  worker.on("error", report);
  worker.on("failed", (job, error) => {
    const isLast = job && job.attemptsMade >= (job.opts.attempts ?? 1);
    console.error(`${job?.id} failed${isLast ? " for good" : ""}: ${error.message}`);
  });
  return {
    async close() {
      await worker.close();
      connection.disconnect();
    },
  };
}

function report(error: Error): void {
  console.error("queue:", error.message);
}

function print(event: WebhookEvent): void {
  switch (event.event) {
    case "user:vehicle:updated":
      console.log(event.user.id, event.vehicle.id, event.vehicle.chargeState.batteryLevel);
      break;
    default:
      console.log(event.event, event.createdAt);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const place = { redisUrl: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379" };
  const secret = process.env["ENODE_WEBHOOK_SECRET"] ?? "";
  // Often in different processes.
  const server = await startServer(place, { secret, port: Number(process.env["PORT"] ?? 3_000) });
  const worker = startWorker(place, print);
  console.log(`webhooks are received at ${server.url}`);
  process.once("SIGTERM", async () => {
    await Promise.all([server.close(), worker.close()]);
  });
}
