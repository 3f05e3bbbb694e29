import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompress } from "../../src/undici/decompress.ts";

const head = (codings: string) => ({
  ok: true,
  status: 200,
  headers: { get: (name: string) => (name === "content-encoding" ? codings : null) },
});

/** What becomes of a body, and whether anything else could run meanwhile. */
async function outcomeOf(body: Buffer, codings: string, maxBytes = 64 * 1024 * 1024) {
  let ranMeanwhile = false;
  const immediate = setImmediate(() => {
    ranMeanwhile = true;
  });
  const decoded = await decompress(body, head(codings), maxBytes);
  clearImmediate(immediate);
  return { length: decoded?.length, ranMeanwhile };
}

describe("a small body", () => {
  it("is decompressed at once", async () => {
    expect(await outcomeOf(gzipSync("x".repeat(20_000)), "gzip")).toEqual({
      length: 20_000,
      ranMeanwhile: false,
    });
  });

  it("that holds a large one does not block the process", async () => {
    const large = Buffer.alloc(16 * 1024 * 1024);
    const body = brotliCompressSync(large);
    expect(body.length).toBeLessThan(1_000);

    expect(await outcomeOf(body, "br")).toEqual({ length: large.length, ranMeanwhile: true });
    expect(await outcomeOf(body, "br", large.length - 1)).toEqual({
      length: undefined,
      ranMeanwhile: true,
    });
  });
});

it("five codings are undone, and more are refused", async () => {
  let body: Buffer = Buffer.from("{}");
  for (let each = 0; each < 5; each++) body = gzipSync(body);

  expect(await decompress(body, head("gzip, gzip, gzip, gzip, gzip"), 100)).toEqual(
    Buffer.from("{}"),
  );
  await expect(
    decompress(gzipSync(body), head("gzip,gzip,gzip,gzip,gzip,gzip"), 100),
  ).rejects.toThrow("too many content codings");
});
