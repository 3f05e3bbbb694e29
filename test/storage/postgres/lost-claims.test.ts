import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { EventStore } from "../../../src/storage/contracts/index.ts";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { postgresEventStore } from "../../../src/storage/postgres/event-store.ts";
import { type PostgresPool, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { HandTimers } from "../support/hand-timers.ts";

const patience = { timeout: 30_000 };
/** Longer than any test. */
const lease = 3_600_000;

withPostgres("a claim in PostgreSQL whose answer is lost", (postgres) => {
  const pool = postgres.pool();
  beforeAll(() => postgresStorage({ pool }).migrate());
  afterEach(async () => {
    await pool.query("DELETE FROM enode_events; DELETE FROM enode_deliveries");
  });

  /** A store whose statements get lost on their way there or back when that is set. */
  function setUp() {
    const state = { losing: undefined as "the answer" | "the statement" | undefined, sent: 0 };
    const unsteady: PostgresPool = {
      async query(text, values) {
        state.sent++;
        const losing = state.losing;
        const result = losing === "the statement" ? undefined : await pool.query(text, values);
        if (result === undefined || losing) throw new Error("Connection terminated unexpectedly");
        return result;
      },
    };
    const timers = new HandTimers();
    const connection = new PostgresConnection(unsteady, undefined, undefined);
    return { state, timers, store: postgresEventStore(connection, timers) };
  }

  async function pauseOver(timers: HandTimers): Promise<void> {
    await vi.waitUntil(() => timers.pending.length > 0, patience);
    timers.fire();
  }

  const other = () => postgresStorage({ pool }).eventStore;

  it.each<[string, (store: EventStore) => Promise<unknown> | undefined]>([
    ["claim", (store) => store.claim(2, lease)],
    ["appendAndClaim", (store) => store.appendAndClaim?.(deliveryOf("b", ["p", "q"]), 2, lease)],
  ])("has its events given back, with the attempt (%s)", async (method, call) => {
    const { state, timers, store } = setUp();
    await store.append(deliveryOf("a", ["x"]));
    const [held] = await other().claim(1, lease);
    if (method === "claim") await store.append(deliveryOf("b", ["p", "q"]));
    state.losing = "the answer";
    await expect(call(store)).rejects.toThrow("Connection terminated");
    state.losing = undefined;
    expect(await other().claim(9, lease)).toEqual([]);

    await pauseOver(timers);
    await vi.waitUntil(async () => (await other().counts?.())?.due === 2, patience);
    const again = await other().claim(9, lease);
    expect(placesOf(again)).toEqual(["b:0", "b:1"]);
    expect(again.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(held && (await other().complete(held))).toBe(true);
    // What was found needs no further try.
    expect(timers.pending).toEqual([]);
  });

  it("is asked about a few times when it was never carried out", async () => {
    const { state, timers, store } = setUp();
    state.losing = "the statement";
    await expect(store.claim(9, lease)).rejects.toThrow("Connection terminated");
    state.losing = undefined;
    state.sent = 0;
    for (let tried = 1; tried <= 3; tried++) {
      await pauseOver(timers);
      await vi.waitUntil(() => state.sent === tried, patience);
    }
    await other().append(deliveryOf("a", ["x"]));
    const [event] = await store.claim(1, lease);

    expect(event).toMatchObject({ attempt: 1 });
    expect(timers.pending).toEqual([]);
  });

  it("is asked about for as long as the server is away and its lease lasts", async () => {
    const { state, timers, store } = setUp();
    state.losing = "the statement";
    await expect(store.claim(9, 100_000)).rejects.toThrow("Connection terminated");
    const pauses: number[] = [];
    for (let time = 0; time < 100_000; ) {
      await vi.waitUntil(() => timers.pending.length > 0, patience);
      const [pause = 0] = timers.pending;
      pauses.push(pause);
      time += pause;
      timers.fire();
    }
    await new Promise(setImmediate);

    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(timers.pending).toEqual([]);
    expect(state.sent).toBe(8);
  });

  it("is no matter of a refusal by the server", async () => {
    const timers = new HandTimers();
    const store = postgresEventStore(new PostgresConnection(pool, "nowhere", undefined), timers);
    await expect(store.claim(1, lease)).rejects.toMatchObject({ code: "42P01" });
    expect(timers.pending).toEqual([]);
  });

  it("is one of the latest 20 that are asked about", async () => {
    const { state, timers, store } = setUp();
    state.losing = "the statement";
    for (let n = 0; n < 30; n++) await store.claim(1, lease).catch(() => undefined);
    state.sent = 0;
    await pauseOver(timers);
    await vi.waitUntil(() => timers.pending.length > 0, patience);
    expect(state.sent).toBe(20);
  });
});
