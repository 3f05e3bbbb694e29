import { setTimeout as sleep } from "node:timers/promises";
import { type ByHand, byHandOnPostgres, byHandOnSqlite } from "./by-hand.ts";
import { serve } from "./child.ts";
import { secret } from "./deliveries.ts";
import type { Engine } from "./engines.ts";
import { type Delivery, deliveryOf, knownAfter, toKnown } from "./fleet.ts";

export type Applier = "by hand" | "enode-sdk";

/** So many deliveries, from that number on; or with none, a look at what is known after them. */
export interface ApplyCommand {
  from: number;
  deliveries: number;
}

export interface Applied {
  milliseconds: number;
  /** Deliveries that were not taken; vehicles that are not as they should be. */
  wrong: number;
}

/** Applies deliveries, and tells how many it did not take. */
type Apply = (deliveries: readonly Delivery[]) => Promise<number>;

const [applier, engine, name] = process.argv.slice(2) as [Applier, Engine, string];
const place = { engine, name };
const { apply, payloads } = applier === "by hand" ? await byHand() : await byClient();

serve(async ({ from, deliveries }: ApplyCommand): Promise<Applied> => {
  if (deliveries === 0) return { milliseconds: 0, wrong: await check(from) };
  const made = Array.from({ length: deliveries }, (_, at) => deliveryOf(from + at));
  globalThis.gc?.();
  const startedAt = performance.now();
  const wrong = await apply(made);
  return { milliseconds: performance.now() - startedAt, wrong };
});

async function check(deliveries: number): Promise<number> {
  const expected = knownAfter(deliveries);
  const found = await payloads();
  let wrong = Math.abs(found.length - expected.size);
  for (const payload of found) {
    const { id, lastSeen, distance } = toKnown(JSON.parse(payload));
    const known = expected.get(id);
    if (known?.lastSeen !== lastSeen || known.distance !== distance) wrong++;
  }
  return wrong;
}

async function byHand(): Promise<{ apply: Apply } & Pick<ByHand, "payloads">> {
  const store = engine === "SQLite" ? byHandOnSqlite(place) : await byHandOnPostgres(place);
  return {
    async apply(deliveries) {
      for (const delivery of deliveries) await store.apply(delivery);
      return 0;
    },
    payloads: store.payloads,
  };
}

async function byClient(): Promise<{ apply: Apply } & Pick<ByHand, "payloads">> {
  const { makeClient, Mirror, openStorage } = await import("./own.ts");
  const { WebhookReceiver } = await import("../../dist/webhooks.js");
  const { eventStore, deviceStore } = await openStorage(place);
  const enode = makeClient();
  const { namespace } = enode;
  const receiver = new WebhookReceiver({ secret, store: eventStore, namespace, concurrency: 400 });
  new Mirror({ enode, store: deviceStore }).attach(receiver);
  receiver.start();
  let expected = 0;
  return {
    async apply(deliveries) {
      let refused = 0;
      for (const delivery of deliveries) {
        const { status } = await receiver.handle(delivery);
        if (status === 200) expected += 100;
        else refused++;
      }
      while (receiver.health().handled < expected) await sleep(1);
      return refused;
    },
    async payloads() {
      const found = await deviceStore.list(namespace, { collection: "devices", limit: 10_000 });
      return found.map(({ payload }) => payload ?? "null");
    },
  };
}
