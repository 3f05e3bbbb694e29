import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { HttpAnswerHead } from "../http-transport.ts";

/** Up to this size a body is decompressed at once: handing it to another thread would cost more, in bytes. */
const small = 8_192;
/** What it may become there, in bytes: a few hundred can hold hundreds of megabytes, and would block the process. */
const smallOutput = 32 * small;
/** As with the `fetch` of Node. */
const mostCodings = 5;

interface Decoder {
  readonly sync: (body: Buffer, options: object) => Buffer;
  readonly async: (body: Buffer, options: object) => Promise<Buffer>;
  readonly options: object;
}

/** As `fetch`, they take what was cut off as far as it goes: what the text lacks is noticed when it is read. */
const lenient = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

const decoderOfZlib = (sync: Decoder["sync"], async: typeof zlib.gunzip): Decoder => ({
  sync,
  async: promisify<Buffer, zlib.ZlibOptions, Buffer>(async),
  options: lenient,
});
const gzip = decoderOfZlib(zlib.gunzipSync, zlib.gunzip);
const deflate = decoderOfZlib(zlib.inflateSync, zlib.inflate);
const rawDeflate = decoderOfZlib(zlib.inflateRawSync, zlib.inflateRaw);
const brotli: Decoder = {
  sync: zlib.brotliDecompressSync,
  async: promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  options: { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH },
};

/** Whether the body of an answer is compressed. */
export function isEncoded({ headers }: HttpAnswerHead): boolean {
  const encoding = headers.get("content-encoding");
  return encoding !== null && encoding !== "" && encoding !== "identity";
}

/**
 * The body of an answer as it was before it was compressed; undefined when it would be longer than that. As with
 * `fetch` it stays as it is when a coding is none that is known.
 *
 * @throws Error for a body that is damaged.
 */
export async function decompress(
  body: Buffer,
  { headers }: HttpAnswerHead,
  maxOutputLength: number,
): Promise<Buffer | undefined> {
  const codings = (headers.get("content-encoding") ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase());
  if (!codings.every((coding) => /^((x-)?gzip|deflate|br)$/.test(coding))) return body;
  if (codings.length > mostCodings) throw new Error("the answer has too many content codings");
  let decoded: Buffer | undefined = body;
  // The last one was applied last.
  for (const coding of codings.reverse()) {
    const { sync, async, options } = decoderOf(coding, decoded);
    const limitedTo = (most: number) => ({ ...options, maxOutputLength: most });
    const whole: Buffer = decoded;
    decoded =
      whole.length <= small
        ? unlessTooLarge(() => sync(whole, limitedTo(Math.min(smallOutput, maxOutputLength))))
        : undefined;
    decoded ??= await async(whole, limitedTo(maxOutputLength)).catch(undefinedIfTooLarge);
    if (!decoded) return undefined;
  }
  return decoded;
}

function unlessTooLarge(decode: () => Buffer): Buffer | undefined {
  try {
    return decode();
  } catch (error) {
    return undefinedIfTooLarge(error);
  }
}

function undefinedIfTooLarge(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE") throw error;
}

function decoderOf(coding: string, body: Buffer): Decoder {
  if (coding === "br") return brotli;
  if (coding !== "deflate") return gzip;
  // Some servers leave out the header of zlib, whose first byte names method 8.
  return ((body[0] ?? 0) & 0x0f) === 0x08 ? deflate : rawDeflate;
}
