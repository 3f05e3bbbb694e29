let loaded: typeof import("./refusals.lazy.ts") | undefined;

/** Loads what few deliveries need, see there. Kept: to import a module takes longer than to check an event. */
export const refusals = async (): Promise<typeof import("./refusals.lazy.ts")> => {
  loaded ??= await import("./refusals.lazy.ts");
  return loaded;
};

/** What is read of a request. */
export interface ReadableRequest {
  readonly body: (AsyncIterable<Uint8Array> & { readonly locked?: boolean }) | null;
  readonly bodyUsed: boolean;
}

/**
 * Reads the body of a request, as far as it is not too large.
 *
 * @throws WebhookVerificationError when it is, was read before, or does not arrive whole; also with a code that
 * the body itself throws.
 */
export async function readBody(
  { body, bodyUsed }: ReadableRequest,
  maxBytes: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let failure: unknown;
  try {
    // What was read before has ended, and would look empty.
    if (bodyUsed || body?.locked) throw 0;
    for await (const chunk of body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream.
      if (size > maxBytes) break;
      // Of fetch and node:http, which know no shared memory.
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
    if (size <= maxBytes) return new Blob(chunks).arrayBuffer();
  } catch (error) {
    failure = error;
  }
  throw (await refusals()).ofReading(maxBytes, size, failure);
}
