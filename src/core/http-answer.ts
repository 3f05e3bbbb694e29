import { answerLimit, BodyTooLargeError } from "../shared/answer-limit.ts";

/**
 * The body as text. No more than `maxBytes` of it are ever in memory, however well it was compressed. A body of an
 * error status that is too long is left out.
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const { headers, body, ok, status } = response;
  const limit = answerLimit(ok, maxBytes);
  // The stated length holds when it was not compressed: then nothing has to be counted.
  const length = headers.get("content-encoding") ? null : headers.get("content-length");
  if (!body || (length !== null && Number(length) <= limit)) return response.text();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream, so the rest is not even downloaded.
    if (bytes > limit && !ok) return "";
    if (bytes > limit) throw new BodyTooLargeError(limit, status);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
