import type { RecordedMessage } from "./recordings.ts";
import { withoutSecrets } from "./redaction.ts";

/** How much of a body is kept, in bytes. */
const KEPT_BYTES = 65_536;

/** How far a body is read that only the recording reads, in bytes: it may have no end. */
const READ_BYTES = 1_048_576;

/** Whether more of a body went over the wire than is kept. */
export function isCut({ size }: RecordedMessage): boolean {
  return size > KEPT_BYTES;
}

/** Keeps the beginning of a body that arrives in chunks, and how long it is. */
export class BodyRecorder {
  #chunks: Uint8Array[] = [];
  #kept = 0;
  #size = 0;
  /** The text of a body that has ended. */
  #text: string | null | undefined;

  get size(): number {
    return this.#size;
  }

  get text(): string | null {
    return this.#text === undefined ? this.#decode() : this.#text;
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    const room = KEPT_BYTES - this.#kept;
    if (room <= 0 || this.#text !== undefined) return;
    // A copy: whoever receives the chunk may change it.
    const part = chunk.slice(0, room);
    this.#kept += part.byteLength;
    this.#chunks.push(part);
  }

  /** Nothing follows: only text without secrets is kept from here on. */
  end(): void {
    if (this.#text !== undefined) return;
    this.#text = this.#decode();
    this.#chunks = [];
  }

  #decode(): string | null {
    return textOf(joined(this.#chunks, this.#kept));
  }
}

/** A message whose body is still being recorded: its members follow the recorder. */
export function messageOf(
  headers: RecordedMessage["headers"],
  recorder: BodyRecorder,
): RecordedMessage {
  return {
    headers,
    get body() {
      return recorder.text;
    },
    get size() {
      return recorder.size;
    },
  };
}

/** A message whose body is known as a whole. */
export function wholeMessage(
  headers: RecordedMessage["headers"],
  body: Uint8Array,
): RecordedMessage {
  return { headers, body: textOf(body.subarray(0, KEPT_BYTES)), size: body.byteLength };
}

/** The text of a body without its secrets; null when it has none. */
function textOf(kept: Uint8Array): string | null {
  if (kept.byteLength === 0) return null;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    // A cut, or a connection that broke, may go through a character: a stream holds its beginning back.
    return withoutSecrets(decoder.decode(kept, { stream: true }));
  } catch {
    return null;
  }
}

/** Records a body while its reader reads it: never ahead of the reader, so that what drips still drips. */
export function recordStream(
  body: ReadableStream<Uint8Array>,
  recorder: BodyRecorder,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            recorder.end();
            controller.close();
          } else {
            recorder.add(value);
            controller.enqueue(value);
          }
        } catch (error) {
          recorder.end();
          controller.error(error);
        }
      },
      async cancel(reason) {
        recorder.end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads a body that nobody else reads, at most 1 MB of it and until the signal aborts. Never rejects. */
export async function readInto(
  recorder: BodyRecorder,
  body: ReadableStream<Uint8Array> | null,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const reader = body?.getReader();
    const stop = () => void reader?.cancel().catch(() => {});
    signal?.addEventListener("abort", stop, { once: true });
    while (reader !== undefined && recorder.size < READ_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      recorder.add(value);
    }
    stop();
  } catch {
    // A body that breaks is recorded as far as it came.
  } finally {
    recorder.end();
  }
}

/** The beginning of a body, of 1 MB or a little more: it may have no end. Rejects when it breaks before. */
export async function beginningOf(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (reader !== undefined && length < READ_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.byteLength;
  }
  reader?.cancel().catch(() => {});
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only?.byteLength === length) return only;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
