import { expect, vi } from "vitest";
import type { PostgresPool } from "../../../src/storage/postgres/index.ts";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { WebhookReceiver } from "../../../src/webhooks/index.ts";
import {
  deliver,
  SECRET,
  textOf,
  vehicleEvent,
} from "../../webhooks/receiver/support/deliveries.ts";

/** Two receivers on pools of their own, and the cars whose events they get. */
export class Fleet {
  readonly receivers: readonly WebhookReceiver[];
  /** What was handled, in the order of the first time, by car. */
  readonly #handled = new Map<string, string[]>();
  readonly #kept = new Map<string, string[]>();
  readonly #cars: readonly string[];
  #nth = 0;
  /** The present delivery, which is sent again as it is until it is taken. */
  #next: ReturnType<typeof vehicleEvent>[] = [];
  refused = 0;

  constructor(pools: readonly PostgresPool[], schema: string, cars: readonly string[]) {
    this.#cars = cars;
    this.receivers = pools.map((pool) => {
      const { eventStore: store } = postgresStorage({ pool, schema });
      const receiver = new WebhookReceiver({
        secret: SECRET,
        store,
        handlerTimeout: 2_000,
        onError: () => undefined,
      });
      receiver.on("*", (event) => {
        const [car = "", nth = ""] = textOf(event).split(" ");
        const before = this.#handled.get(car) ?? [];
        // At least once: a claim whose completion was lost is handled again.
        if (!before.includes(nth)) this.#handled.set(car, [...before, nth]);
      });
      receiver.start();
      return receiver;
    });
  }

  /** Delivers one event of each car, as Enode does: until it is taken, and in order. False when it was refused. */
  async deliver(): Promise<boolean> {
    const nth = `${this.#nth}`;
    const receiver = this.receivers[this.#nth % this.receivers.length];
    if (receiver === undefined) throw new Error("There is no receiver");
    if (this.#next.length === 0) {
      this.#next = this.#cars.map((car) => vehicleEvent(car, `${car} ${nth}`));
    }
    const { status } = await deliver(receiver, this.#next);
    if (status !== 200) {
      this.refused++;
      return false;
    }
    this.#nth++;
    this.#next = [];
    for (const car of this.#cars) this.#kept.set(car, [...(this.#kept.get(car) ?? []), nth]);
    return true;
  }

  /** Waits until all that was taken was handled, each car in its order. */
  async drain(timeout: number): Promise<void> {
    const count = (map: Map<string, string[]>) => [...map.values()].flat().length;
    await vi.waitUntil(() => count(this.#handled) >= count(this.#kept), { timeout });
    expect(this.#handled).toEqual(this.#kept);
  }

  async stop(): Promise<void> {
    await Promise.all(this.receivers.map((receiver) => receiver.stop()));
  }
}
