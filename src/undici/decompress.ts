import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { HttpAnswerHead } from "../http-transport.ts";

/** Up to this size a body is decompressed at once: handing it to another thread would cost more, in bytes. */
const small = 8_192;

const codings: Readonly<Record<string, typeof zlib.gunzip>> = {
  gzip: zlib.gunzip,
  "x-gzip": zlib.gunzip,
  deflate: zlib.inflate,
  br: zlib.brotliDecompress,
};

const atOnce = new Map<unknown, typeof zlib.gunzipSync>([
  [zlib.gunzip, zlib.gunzipSync],
  [zlib.inflate, zlib.inflateSync],
  [zlib.brotliDecompress, zlib.brotliDecompressSync],
]);

/** Whether the body of an answer is compressed. */
export function isEncoded({ headers }: HttpAnswerHead): boolean {
  const encoding = headers.get("content-encoding");
  return encoding !== null && encoding !== "" && encoding !== "identity";
}

/**
 * The body of an answer as it was before it was compressed; undefined when it would be longer than that.
 *
 * @throws Error for an encoding that was not asked for, or a body that is damaged.
 */
export async function decompress(
  body: Buffer,
  { headers }: HttpAnswerHead,
  maxOutputLength: number,
): Promise<Buffer | undefined> {
  let decoded = body;
  // The last one was applied last.
  for (const coding of (headers.get("content-encoding") ?? "").split(",").reverse()) {
    const name = coding.trim().toLowerCase();
    const decode = codings[name];
    if (!decode) throw new Error("the answer is compressed in a way that was not asked for");
    try {
      const options = { maxOutputLength };
      decoded =
        decoded.length <= small && atOnce.get(decode)
          ? (atOnce.get(decode) as typeof zlib.gunzipSync)(decoded, options)
          : await promisify<Buffer, zlib.ZlibOptions, Buffer>(decode)(decoded, options);
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return undefined;
      throw error;
    }
  }
  return decoded;
}
