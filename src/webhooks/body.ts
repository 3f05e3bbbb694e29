/** Loads the words about a delivery that is refused, see there. */
export const diagnosis = (): Promise<typeof import("./diagnosis.ts")> => import("./diagnosis.ts");

type Chunks = AsyncIterable<Uint8Array>;

/**
 * Reads the body of a request, as far as it is not too large.
 *
 * @param limit Stands between the body and its reader; throws the code of a refusal.
 * @throws WebhookVerificationError when it is, was read before, or does not arrive whole.
 */
export async function readBody(
  { body, bodyUsed }: Pick<Request, "body" | "bodyUsed">,
  maxBytes: number,
  limit: (body: ReadableStream<Uint8Array>) => Chunks = (unlimited) => unlimited,
): Promise<ArrayBuffer> {
  // What was read before has ended, and would look empty.
  if (bodyUsed || body?.locked) throw (await diagnosis()).ofUsedBody();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let failure: unknown;
  try {
    for await (const chunk of body ? limit(body) : []) {
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
  throw (await diagnosis()).ofReading(maxBytes, size, failure);
}
