import { afterEach, expect, it, vi } from "vitest";
import { postgresStorage } from "../../../../src/storage/postgres/index.ts";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later } from "../../../support/clock.ts";
import { withPostgres } from "../../../support/services.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

withPostgres("a process on PostgreSQL that was frozen", (postgres) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("completes what its handlers have done before it asks for events", async () => {
    const now = Date.now;
    let frozen = 0;
    vi.spyOn(Date, "now").mockImplementation(() => now() + frozen);
    const storage = postgresStorage({ pool: postgres.pool(), now: () => Date.now() });
    await storage.migrate();
    const options = { secret: SECRET, store: storage.eventStore, handlerTimeout: 2_000 };
    const receiver = new WebhookReceiver(options);
    const attempts: string[] = [];
    receiver.on("*", (event, { attempt }) => {
      attempts.push(`${textOf(event)} attempt ${attempt}`);
      return later(200);
    });
    receiver.start();
    for (let n = 0; n < 3; n++) {
      expect((await deliver(receiver, [vehicleEvent("a", `${n}`)])).status).toBe(200);
      await vi.waitUntil(() => attempts.length > n, { timeout: 30_000 });
      // As when it is stopped and goes on: all that is due by then is due at once.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100);
      frozen += 13_000;
      await vi.waitUntil(() => receiver.health().handled > n, { timeout: 30_000 });
    }
    await receiver.stop();

    expect(attempts).toEqual(["0 attempt 1", "1 attempt 1", "2 attempt 1"]);
  });
});
