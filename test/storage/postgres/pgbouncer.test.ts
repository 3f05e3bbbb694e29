import {
  type ConformanceCase,
  eventStoreCases,
  tokenStoreCases,
} from "enode-sdk/storage/conformance";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PostgresConnection } from "../../../src/storage/postgres/connection.ts";
import { type PostgresStorage, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { EventListener } from "../../../src/storage/postgres/listener.ts";
import { WebhookReceiver } from "../../../src/webhooks/index.ts";
import { withPgbouncer } from "../../support/services.ts";
import {
  deliver,
  SECRET,
  textOf,
  vehicleEvent,
} from "../../webhooks/receiver/support/deliveries.ts";
import { HandTimers } from "../support/hand-timers.ts";

withPgbouncer(
  "PostgreSQL behind a pooler that lends connections for one transaction",
  (pgbouncer) => {
    const { schema } = pgbouncer;
    let pool: ReturnType<typeof pgbouncer.pool>;
    beforeAll(async () => {
      pool = pgbouncer.pool({ max: 20 });
      await postgresStorage({ pool, schema }).migrate();
    });

    async function empty(): Promise<void> {
      for (const table of ["events", "deliveries", "tokens", "token_leases"]) {
        await pool.query(`DELETE FROM ${schema}.enode_${table}`);
      }
    }

    function conforms<Store>(
      cases: readonly ConformanceCase<Store>[],
      storeOf: (storage: PostgresStorage) => Store,
    ): void {
      it.each([...cases])("$name", async ({ run }) => {
        await run(async ({ now }) => {
          await empty();
          return storeOf(postgresStorage({ pool, schema, now }));
        });
      });
    }
    describe("for tokens", () => conforms(tokenStoreCases, ({ tokenStore }) => tokenStore));
    describe("for events", () => conforms(eventStoreCases, ({ eventStore }) => eventStore));

    it("is found to bring no notifications, and no connection is held for them", async () => {
      const own = pgbouncer.pool({ max: 5 });
      const timers = new HandTimers();
      const connection = new PostgresConnection(own, schema, undefined);
      const listener = new EventListener(connection, own, timers);
      const heard = vi.fn();
      const connect = vi.spyOn(own, "connect");
      const end = listener.listen(heard);
      // All there is left to wait for is what does not come, and then the next attempt.
      const rests = () => timers.pending.length === 1 && timers.pending[0] === 500;
      await vi.waitUntil(
        () => {
          if (connect.mock.calls.length >= 2 && own.idleCount >= 1) timers.fire(5_000);
          return rests() && own.totalCount === own.idleCount;
        },
        { timeout: 30_000 },
      );
      expect(heard).not.toHaveBeenCalled();
      await end();
    });

    it("serves two receivers with pools of their own, and keeps the order of each device", async () => {
      await empty();
      const handled = new Map<string, string[]>();
      const receivers = [pool, pgbouncer.pool({ max: 5 })].map((each) => {
        const { eventStore: store } = postgresStorage({ pool: each, schema });
        const receiver = new WebhookReceiver({ secret: SECRET, store });
        receiver.on("*", (event) => {
          const [device = "", nth = ""] = textOf(event).split(" ");
          handled.set(device, [...(handled.get(device) ?? []), nth]);
        });
        receiver.start();
        return receiver;
      });
      const [first, second] = receivers;
      const devices = ["a", "b", "c", "d", "e"];
      for (let nth = 0; nth < 10; nth++) {
        const receiver = nth % 2 === 0 ? first : second;
        const events = devices.map((device) => vehicleEvent(device, `${device} ${nth}`));
        if (receiver) expect((await deliver(receiver, events)).status).toBe(200);
      }
      await vi.waitUntil(() => [...handled.values()].flat().length >= 50, { timeout: 60_000 });
      await Promise.all(receivers.map((receiver) => receiver.stop()));
      const inOrder = Array.from({ length: 10 }, (_, nth) => `${nth}`);
      expect(handled).toEqual(new Map(devices.map((device) => [device, inOrder])));
    });
  },
);
