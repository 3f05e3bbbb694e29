import { describe, expect, it } from "vitest";
import {
  BodyRecorder,
  isCut,
  messageOf,
  readInto,
  recordStream,
  wholeMessage,
} from "../../../src/sandbox/shared/body-recorder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A body that gives a chunk each time it is asked, and counts how often it was. */
function source(chunk: string) {
  const body = {
    asked: 0,
    isCancelled: false,
    stream: new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          body.asked += 1;
          controller.enqueue(bytes(chunk));
        },
        cancel() {
          body.isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    ),
  };
  return body;
}

describe("a recorded body", () => {
  it("is null when there is none, or when it is not text", () => {
    expect(wholeMessage([], new Uint8Array())).toEqual({ headers: [], body: null, size: 0 });
    expect(wholeMessage([], new Uint8Array([0xff, 0xfe]))).toMatchObject({ body: null, size: 2 });
  });

  it("is cut after 64 kB, also within a character", () => {
    const long = wholeMessage([], bytes(`x${"ü".repeat(40_000)}`));
    expect(isCut(long)).toBe(true);
    expect(long.size).toBe(80_001);
    expect(long.body).toBe(`x${"ü".repeat(32_767)}`);
    expect(isCut(wholeMessage([], bytes("x".repeat(65_536))))).toBe(false);
  });

  it("is readable while it arrives", () => {
    const recorder = new BodyRecorder();
    const message = messageOf([], recorder);
    recorder.add(bytes('{"secret":"s3nt'));
    expect(message.body).toBe('{"secret":"$ENODE_WEBHOOK_SECRET');
    recorder.add(bytes('inel"}'));
    recorder.end();
    expect({ ...message }).toEqual({
      headers: [],
      body: '{"secret":"$ENODE_WEBHOOK_SECRET"}',
      size: 21,
    });
  });

  it("does not change with the chunk that was given on", () => {
    const recorder = new BodyRecorder();
    const chunk = bytes("abc");
    recorder.add(chunk);
    chunk.fill(0);
    expect(recorder.text).toBe("abc");
  });
});

describe("a recorded stream", () => {
  it("is read no further than its reader reads", async () => {
    const body = source("drip");
    const recorder = new BodyRecorder();
    const reader = recordStream(body.stream, recorder).getReader();
    expect(body.asked).toBe(0);
    await reader.read();
    expect([body.asked, recorder.text]).toEqual([1, "drip"]);
    await reader.cancel();
    expect(body.isCancelled).toBe(true);
    expect(recorder.text).toBe("drip");
  });

  it("breaks where it broke", async () => {
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          controller.enqueue(bytes("half"));
        },
        pull(controller) {
          controller.error(new Error("broken"));
        },
      },
      { highWaterMark: 0 },
    );
    const recorder = new BodyRecorder();
    const reader = recordStream(body, recorder).getReader();
    await reader.read();
    await expect(reader.read()).rejects.toThrow("broken");
    expect(recorder.text).toBe("half");
  });
});

describe("a body that nobody else reads", () => {
  it("is not read forever", async () => {
    const body = source("x".repeat(50_000));
    const recorder = new BodyRecorder();
    await readInto(recorder, body.stream);
    expect(body.isCancelled).toBe(true);
    expect(recorder.size).toBeLessThan(1_200_000);
  });

  it("is left when its time is over", async () => {
    const waiting = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes("first"));
      },
    });
    const recorder = new BodyRecorder();
    const controller = new AbortController();
    const reading = readInto(recorder, waiting, controller.signal);
    controller.abort();
    await reading;
    expect(recorder.text).toBe("first");
  });

  it("may be in use", async () => {
    const body = source("x").stream;
    body.getReader();
    const recorder = new BodyRecorder();
    await readInto(recorder, body);
    expect(recorder.text).toBeNull();
  });
});
