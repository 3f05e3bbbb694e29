import { describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../../src/errors/index.ts";
import type { DeliveryRecord } from "../../src/storage/contracts/index.ts";
import type { ReplayClaim, ReplayGuard } from "../../src/storage/contracts/replay-guard.ts";
import { deliverySink } from "../../src/storage/delivery-sink.ts";
import { signWebhook, WebhookReceiver } from "../../src/webhooks/index.ts";

const secret = "example-secret";
const delivery: DeliveryRecord = {
  namespace: "production:a",
  digest: "ff".repeat(32),
  deliveryId: "id",
  receivedAt: 1_767_225_600_123,
  events: [{ index: 0, lane: null, payload: "{}" }],
};

/** A guard in memory that notes what it is asked. */
function noting(overrides: Partial<ReplayClaim> = {}) {
  const calls: string[] = [];
  const states = new Map<string, "busy" | "duplicate">();
  const guard: ReplayGuard = {
    async claim(namespace, digest) {
      const key = JSON.stringify([namespace, digest]);
      const state = states.get(key);
      calls.push("claim");
      if (state) return state;
      states.set(key, "busy");
      return {
        async confirm() {
          calls.push("confirm");
          states.set(key, "duplicate");
        },
        async release() {
          calls.push("release");
          states.delete(key);
        },
        ...overrides,
      };
    },
  };
  return { guard, calls };
}

describe("a delivery sink", () => {
  it("hands over a delivery as it is, and resolves when that is done", async () => {
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const fn = vi.fn(() => done);
    const settled = vi.fn();
    const appended = deliverySink(fn).append(delivery);
    appended.then(settled);

    await new Promise((resolve) => setImmediate(resolve));
    expect(fn).toHaveBeenCalledExactlyOnceWith(delivery);
    expect(settled).not.toHaveBeenCalled();
    finish();
    expect(await appended).toBe("new");
  });

  it("hands over every copy without a guard", async () => {
    const fn = vi.fn(async () => {});
    const sink = deliverySink(fn);

    expect([await sink.append(delivery), await sink.append(delivery)]).toEqual(["new", "new"]);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it("rejects when the function does, or throws", async () => {
    const rejecting = deliverySink(() => Promise.reject(new Error("queue is full")));
    await expect(rejecting.append(delivery)).rejects.toThrow("queue is full");
    const throwing = deliverySink(() => {
      throw new Error("no queue");
    });
    await expect(throwing.append(delivery)).rejects.toThrow("no queue");
  });

  it("keeps nothing", async () => {
    const sink = deliverySink(async () => {});
    await sink.append(delivery);
    const event = {
      ...delivery,
      id: "1",
      payload: "{}",
      index: 0,
      lease: "1",
      attempt: 1,
    };

    expect(await sink.claim(10, 1_000)).toEqual([]);
    expect(await sink.complete(event)).toBe(false);
    expect(await sink.fail(event, "reason")).toBe(false);
    expect(await sink.deadLetters()).toEqual([]);
    expect(await sink.revive(["1"])).toBe(0);
    expect(await sink.prune(Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(await sink.erase("user")).toBe(0);
  });

  it.each([
    ["no function", undefined, {}, "fn"],
    ["a guard that is none", async () => {}, { replayGuard: {} }, "replayGuard"],
    ["null as a guard", async () => {}, { replayGuard: null }, "replayGuard"],
  ])("refuses %s", (_what, fn, options, parameter) => {
    // No TypeScript in the way of the host.
    const attempt = () =>
      deliverySink(fn as () => Promise<void>, options as { replayGuard: ReplayGuard });
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ parameter }));
  });
});

describe("a delivery sink with a guard", () => {
  it("hands over the first copy, and knows the others", async () => {
    const { guard, calls } = noting();
    const fn = vi.fn(async () => calls.push("fn"));
    const sink = deliverySink(fn, { replayGuard: guard });

    expect(await sink.append(delivery)).toBe("new");
    expect(await sink.append({ ...delivery, deliveryId: "another" })).toBe("duplicate");
    expect(await sink.append({ ...delivery, namespace: "production:b" })).toBe("new");
    expect(calls).toEqual(["claim", "fn", "confirm", "claim", "claim", "fn", "confirm"]);
  });

  it("neither acknowledges nor hands over a copy while the first one is being handed over", async () => {
    const { guard } = noting();
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const fn = vi.fn(() => done);
    const sink = deliverySink(fn, { replayGuard: guard });
    const first = sink.append(delivery);

    await expect(sink.append(delivery)).rejects.toThrow("another copy");
    finish();
    expect(await first).toBe("new");
    expect(await sink.append(delivery)).toBe("duplicate");
    expect(fn).toHaveBeenCalledOnce();
  });

  it("takes the next copy when handing over failed", async () => {
    const { guard, calls } = noting();
    const fn = vi.fn(async () => {}).mockRejectedValueOnce(new Error("queue is full"));
    const sink = deliverySink(fn, { replayGuard: guard });

    await expect(sink.append(delivery)).rejects.toThrow("queue is full");
    expect(await sink.append(delivery)).toBe("new");
    expect(calls).toEqual(["claim", "release", "claim", "confirm"]);
  });

  it("tells why handing over failed also when the claim cannot be given back", async () => {
    const { guard } = noting({ release: () => Promise.reject(new Error("guard is down")) });
    const fn = () => Promise.reject(new Error("queue is full"));

    const appended = deliverySink(fn, { replayGuard: guard }).append(delivery);
    await expect(appended).rejects.toThrow("queue is full");
  });

  it("hands over nothing when the guard is down, or makes no sense", async () => {
    const fn = vi.fn(async () => {});
    const claims = [
      () => Promise.reject(new Error("guard is down")),
      async () => undefined,
      async () => null,
      async () => "new",
      async () => ({}),
    ];
    for (const claim of claims) {
      // What a host's own code may do.
      const replayGuard = { claim } as unknown as ReplayGuard;
      await expect(deliverySink(fn, { replayGuard }).append(delivery)).rejects.toThrow(/guard/i);
    }
    expect(fn).not.toHaveBeenCalled();
  });

  it("acknowledges what was handed over also when the guard cannot note it", async () => {
    const { guard } = noting({ confirm: () => Promise.reject(new Error("guard is down")) });

    expect(await deliverySink(async () => {}, { replayGuard: guard }).append(delivery)).toBe("new");
  });
});

describe("a receiver with a delivery sink", () => {
  const body = JSON.stringify([
    {
      event: "user:vehicle:deleted",
      createdAt: "2026-03-11T18:42:00.115Z",
      version: "2024-10-01",
      user: { id: "anna" },
      vehicle: { id: "car-1", userId: "anna" },
    },
  ]);

  async function post(receiver: WebhookReceiver): Promise<[number, string]> {
    const signature = await signWebhook(body, secret);
    const answer = await receiver.handle({ body, signature });
    return [answer.status, await answer.text()];
  }

  it("answers for what became of each delivery, without being started", async () => {
    const fn = vi
      .fn(async (_delivery: DeliveryRecord) => {})
      .mockRejectedValueOnce(new Error("full"));
    const { guard } = noting();
    const errors: unknown[] = [];
    const receiver = new WebhookReceiver({
      secret,
      namespace: "production:a",
      store: deliverySink(fn, { replayGuard: guard }),
      onError: (error) => errors.push(error),
    });

    expect(await post(receiver)).toEqual([503, "store_failed"]);
    expect(await post(receiver)).toEqual([200, "stored"]);
    expect(await post(receiver)).toEqual([200, "duplicate"]);
    expect(errors).toEqual([expect.objectContaining({ store: "eventStore", method: "append" })]);
    expect(fn).toHaveBeenLastCalledWith(
      expect.objectContaining({
        namespace: "production:a",
        digest: expect.stringMatching(/^[\da-f]{64}$/),
        events: [expect.objectContaining({ index: 0, lane: "device:car-1" })],
      }),
    );
    const [event] = fn.mock.lastCall?.[0].events ?? [];
    expect(JSON.parse(event?.payload ?? "")).toEqual(JSON.parse(body)[0]);
  });

  it("may be started, which finds nothing to do", async () => {
    const handled = vi.fn();
    const receiver = new WebhookReceiver({ secret, store: deliverySink(async () => {}) });
    receiver.on("*", handled);
    receiver.start();

    expect(await post(receiver)).toEqual([200, "stored"]);
    await receiver.stop();
    expect(handled).not.toHaveBeenCalled();
  });
});
