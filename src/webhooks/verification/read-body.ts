let loaded: typeof import("./refusals.lazy.ts") | undefined;

/** Loads the messages of refusals. Kept, as importing a module takes longer than checking an event. */
export const refusals = async (): Promise<typeof import("./refusals.lazy.ts")> => {
  loaded ??= await import("./refusals.lazy.ts");
  return loaded;
};

/** The members of a request that are read. */
export interface ReadableRequest {
  readonly body: (AsyncIterable<Uint8Array> & { readonly locked?: boolean }) | null;
  readonly bodyUsed: boolean;
}

/**
 * Reads the body of a request, up to a size limit.
 *
 * @throws WebhookVerificationError when it is too large, was read before, or does not arrive whole; also with a
 * code that the body itself throws.
 */
export async function readBody(
  { body, bodyUsed }: ReadableRequest,
  maxBytes: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let failure: unknown;
  try {
    // A body that was read before would seem empty.
    if (bodyUsed || body?.locked) throw 0;
    for await (const chunk of body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream.
      if (size > maxBytes) break;
      // Chunks of fetch and node:http are never in shared memory.
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
    if (size <= maxBytes) return new Blob(chunks).arrayBuffer();
  } catch (error) {
    failure = error;
  }
  throw (await refusals()).ofReading(maxBytes, size, failure);
}
