import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limitBody } from "../../../../src/webhooks/receiver/intake/limit-body.ts";
import { createReceiver, headersOf, heartbeat } from "../../adapters/support/deliveries.ts";
import "../../../support/lazy-modules.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  // First, or the spy of a test on a fake timer would put that back later.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const mebibyte = 2 ** 20;

/** A delivery whose body begins, and continues on request. */
async function unfinished(first: Uint8Array) {
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller;
      controller.enqueue(first);
    },
    cancel() {
      cancelled = true;
    },
  });
  const headers = await headersOf(heartbeat);
  const init = { method: "POST", headers, body, duplex: "half" } as const;
  return {
    request: new Request("https://example.com", init),
    isCancelled: () => cancelled,
    send: (chunk: Uint8Array) => source?.enqueue(chunk),
    end: () => source?.close(),
    breakOff: () => source?.error(new Error("reset")),
  };
}

const textOf = async (answer: Promise<Response>) => {
  const response = await answer;
  return [response.status, await response.text()];
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a Request whose body does not come to its end", () => {
  it("is given up after 5 s, and its stream cancelled", async () => {
    const { receiver, codes } = createReceiver();
    const { request, isCancelled } = await unfinished(bytes("["));
    const answer = textOf(receiver.handle(request));

    await vi.advanceTimersByTimeAsync(4_999);
    expect(isCancelled()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    expect(await answer).toEqual([408, "body_timeout"]);
    expect(isCancelled()).toBe(true);
    expect(codes()).toEqual(["body_timeout"]);
    expect(receiver.health().refused).toBe(1);
  });

  it("is given up although it drips", async () => {
    const { receiver } = createReceiver();
    const { request, send } = await unfinished(bytes("["));
    const answer = textOf(receiver.handle(request));

    for (let second = 1; second <= 5; second++) {
      send(bytes(" "));
      await vi.advanceTimersByTimeAsync(1_000);
    }

    expect(await answer).toEqual([408, "body_timeout"]);
  });

  it("is unreadable when its sender breaks off, and not empty", async () => {
    const { receiver } = createReceiver();
    const { request, breakOff } = await unfinished(bytes("["));
    const answer = textOf(receiver.handle(request));
    breakOff();

    expect(await answer).toEqual([400, "body_unreadable"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a body in small chunks", () => {
  const inChunks = (body: Uint8Array, sizes: readonly number[]) => {
    let at = 0;
    return new ReadableStream<Uint8Array>({
      start(controller) {
        for (let nth = 0; at < body.length; nth++) {
          const size = sizes[nth % sizes.length] ?? 1;
          controller.enqueue(body.subarray(at, at + size));
          at += size;
        }
        controller.close();
      },
    });
  };

  it.each([
    ["of a byte", [1], 4],
    ["of a byte beside large ones", [1, 1, 20_000], 9],
    ["of half a buffer", [2 ** 13 + 1], 8],
  ])("%s is held in few, whole and in order", async (_, sizes, most) => {
    const body = Uint8Array.from({ length: 65_000 }, (_, at) => at % 251);
    const held: Uint8Array[] = [];
    for await (const chunk of limitBody(inChunks(body, sizes), new Set())) held.push(chunk);

    expect(Buffer.concat(held).equals(body)).toBe(true);
    expect(held.length).toBeLessThanOrEqual(most);
    // No chunk keeps more alive than it holds.
    for (const chunk of held) {
      expect(chunk.buffer.byteLength).toBe(chunk.length === 20_000 ? 65_000 : chunk.length);
    }
  });

  it("is handled like any other", async () => {
    const { receiver } = createReceiver();
    const init = {
      method: "POST",
      headers: await headersOf(heartbeat),
      body: inChunks(bytes(heartbeat), [1]),
      duplex: "half",
    } as const;

    const answer = receiver.handle(new Request("https://example.com", init));
    expect(await textOf(answer)).toEqual([200, "handled"]);
  });
});

describe("bodies that are read at the same time", () => {
  it("hold 32 MiB together at most; what is more comes again", async () => {
    const { receiver, codes } = createReceiver();
    const waiting = [];
    for (let nth = 0; nth < 16; nth++) {
      const delivery = await unfinished(new Uint8Array(1.9 * mebibyte));
      waiting.push({ ...delivery, answer: textOf(receiver.handle(delivery.request)) });
    }
    await vi.advanceTimersByTimeAsync(1);
    const { request, isCancelled } = await unfinished(new Uint8Array(1.9 * mebibyte));

    const answer = await receiver.handle(request);

    expect([answer.status, await answer.text()]).toEqual([503, "too_busy"]);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(isCancelled()).toBe(true);
    expect(codes()).toEqual(["too_busy"]);
    expect(receiver.health()).toMatchObject({ postponed: 1, refused: 0 });

    // Room again when one of them has ended, for whatever reason.
    waiting[0]?.breakOff();
    await waiting[0]?.answer;
    expect(await textOf(deliver(receiver))).toEqual([200, "handled"]);
    await vi.advanceTimersByTimeAsync(5_000);
    for (const { answer: late } of waiting.slice(1)) {
      expect(await late).toEqual([408, "body_timeout"]);
    }
  });

  it("do not count for longer than they may take, when their requests died with their timers", async () => {
    const { receiver } = createReceiver();
    // As on Workers after the host has answered: timers do not fire, and streams never end.
    const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
    for (let nth = 0; nth < 16; nth++) {
      // With what each counts for its connection they fill the 32 MiB.
      const { request } = await unfinished(new Uint8Array(2 * mebibyte - 2 ** 14));
      void receiver.handle(request);
    }
    timers.mockRestore();
    await vi.advanceTimersByTimeAsync(1);
    expect(await textOf(deliver(receiver))).toEqual([503, "too_busy"]);

    await vi.advanceTimersByTimeAsync(5_001);

    expect(await textOf(deliver(receiver))).toEqual([200, "handled"]);
  });
});

async function deliver(receiver: ReturnType<typeof createReceiver>["receiver"]): Promise<Response> {
  const headers = await headersOf(heartbeat);
  const init = { method: "POST", headers, body: heartbeat };
  return receiver.handle(new Request("https://example.com", init));
}
