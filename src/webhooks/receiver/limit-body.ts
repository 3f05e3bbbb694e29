/** How long a body may take, in ms. Enode waits for an answer for 5 s, and then sends the delivery again. */
const timeLimit = 5_000;
/** What bodies may hold together, in bytes. */
const maxBytes = 2 ** 25;
/** What each of them counts at least, in bytes: its connection has buffers, too, and small chunks are gathered in one. */
const leastBytes = 2 ** 14;

/** A body that is being read. */
export interface BodyReading {
  bytes: number;
  /** When it no longer counts, by `performance.now()`. */
  readonly endsAt: number;
}

/**
 * The chunks of a body of which nobody knows yet who sent it: bounded in time, and in size together with all
 * others. Small ones are joined: each that is held takes 100 bytes and microseconds beyond its own, and a sender may
 * make as many of them as there are bytes. Throws the code of a refusal when it takes too long, or too much is held.
 *
 * @param readings Those of a receiver.
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
    // A read that waits ends with it, as if the body had.
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
      // Once for all that are joined: to sum up what others hold takes longer than to take a byte.
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
    // On Workers a request can die with its timers, so that nothing of its own comes to an end.
    if (reading.endsAt < performance.now()) readings.delete(reading);
    else bytes += reading.bytes;
  }
  return bytes;
}
