/** Loads the words about a delivery that is refused, see there. */
export const diagnosis = (): Promise<typeof import("./diagnosis.ts")> => import("./diagnosis.ts");

/**
 * Reads the body of a request, as far as it is not too large.
 *
 * @throws WebhookVerificationError when it is, was read before, or does not arrive whole.
 */
export async function readBody(request: Request, maxBytes: number): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    // What was read before has ended, and would look empty.
    if (request.bodyUsed) throw 0;
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream.
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
    if (size <= maxBytes) return new Blob(chunks).arrayBuffer();
  } catch {
    // Read before, or broken on the way: told below, by a size that is not too large.
  }
  throw (await diagnosis()).ofReading(maxBytes, size);
}
