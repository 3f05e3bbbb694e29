/** Time limit for a body, in ms. Enode waits for an answer for 5 s, and then sends the delivery again. */
const timeLimit = 5_000;
/** Size limit for all bodies together, in bytes. */
const maxBytes = 2 ** 25;
/** Least size that each body counts, in bytes: its connection has buffers, too, and small chunks are joined. */
const leastBytes = 2 ** 14;

/** A body that is being read. */
export interface BodyReading {
  bytes: number;
  /** When it counts no longer, by `performance.now()`. */
  readonly endsAt: number;
}

/**
 * The chunks of a body whose sender is not verified yet: limited in time, and in size together with all other
 * bodies. Small chunks are joined: each has an overhead of 100 bytes and microseconds, and a sender may make a
 * chunk of every byte. Throws the code of a refusal when the body takes too long, or the bodies are too large.
 *
 * @param readings All readings of a receiver.
 */
export async function* limitBody(
  body: ReadableStream<Uint8Array>,
  readings: Set<BodyReading>,
): AsyncGenerator<Uint8Array, void> {
  const own: BodyReading = { bytes: leastBytes, endsAt: performance.now() + timeLimit };
  readings.add(own);
  const reader = body.getReader();
  const small = new Uint8Array(leastBytes);
  let used = 0;
  let refusal: string | undefined;
  const cancel = (reason?: string) => {
    refusal = reason;
    // This ends a pending read, as if the body had ended.
    reader.cancel().catch(() => undefined);
  };
  const timer = setTimeout(cancel, timeLimit, "body_timeout");
  try {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      if (used + value.length > leastBytes) {
        yield small.slice(0, used);
        used = 0;
      }
      own.bytes += value.length;
      // Once for all chunks that are joined: adding up the other bodies takes longer than taking a byte.
      if (used === 0 && heldBy(readings) > maxBytes) {
        cancel("too_busy");
      } else if (value.length > leastBytes) {
        yield value;
      } else {
        small.set(value, used);
        used += value.length;
      }
    }
    if (refusal) throw refusal;
    yield small.slice(0, used);
  } finally {
    clearTimeout(timer);
    readings.delete(own);
    cancel();
  }
}

function heldBy(readings: Set<BodyReading>): number {
  let bytes = 0;
  for (const reading of readings) {
    // On Workers a request can end with its timers, and then never removes its reading.
    if (reading.endsAt < performance.now()) readings.delete(reading);
    else bytes += reading.bytes;
  }
  return bytes;
}
