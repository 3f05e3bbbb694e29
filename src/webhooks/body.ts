/** Loads the words about a delivery that is refused, see there. */
export const diagnosis = (): Promise<typeof import("./diagnosis.ts")> => import("./diagnosis.ts");

/**
 * Reads the body of a request, as far as it is not too large.
 *
 * @throws WebhookVerificationError when it is, was read before, or does not arrive whole.
 */
export async function readBody(
  request: Request,
  maxBytes: number = 2 * 1024 * 1024,
): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  // What was read before has ended, and would look empty.
  let size = request.bodyUsed ? Number.NaN : 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream.
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch {
    size = Number.NaN;
  }
  if (size <= maxBytes) return new Uint8Array(await new Blob(chunks).arrayBuffer());
  throw (await diagnosis()).ofReading(maxBytes, size);
}
