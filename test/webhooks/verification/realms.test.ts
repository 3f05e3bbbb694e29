import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeHandler, signWebhook } from "../../../src/webhooks/index.ts";
import { createReceiver, headersOf, heartbeat, secret } from "../adapters/support/deliveries.ts";
import { implementations, loadWebhooks } from "./vectors/implementations.ts";

/** Makes something of bytes in another realm, as those of Jest and node:vm are. */
const elsewhere = (code: string): unknown =>
  runInNewContext(code, { bytes: [...Buffer.from(heartbeat)] });

const bodies: [name: string, body: unknown][] = [
  ["a Uint8Array", elsewhere("Uint8Array.from(bytes)")],
  ["an ArrayBuffer", elsewhere("Uint8Array.from(bytes).buffer")],
  ["a part of a larger one", elsewhere("Uint8Array.from([1, ...bytes, 2]).subarray(1, -1)")],
];

describe.each(implementations)("with the HMAC of %s", (implementation) => {
  it.each(bodies)("%s of another realm is bytes", async (_name, body) => {
    const { verifyWebhook } = await loadWebhooks(implementation);
    expect(body).not.toBeInstanceOf(Uint8Array);
    expect(body).not.toBeInstanceOf(ArrayBuffer);

    const { events } = await verifyWebhook({ body, headers: await headersOf(heartbeat), secret });

    expect(events).toHaveLength(1);
  });

  it("bytes of another realm can be signed", async () => {
    const webhooks = await loadWebhooks(implementation);
    const bytes = elsewhere("Uint8Array.from(bytes)") as Uint8Array;

    expect(await webhooks.signWebhook(bytes, secret)).toBe(await signWebhook(heartbeat, secret));
  });

  it("an array of another realm is no bytes", async () => {
    const { verifyWebhook } = await loadWebhooks(implementation);

    const refusal = verifyWebhook({
      body: elsewhere("bytes"),
      headers: await headersOf(heartbeat),
      secret,
    });

    await expect(refusal).rejects.toMatchObject({ code: "body_already_parsed" });
  });

  it("bytes that other threads can change are copied, or refused", async () => {
    const { verifyWebhook } = await loadWebhooks(implementation);
    const shared = new Uint8Array(new SharedArrayBuffer(heartbeat.length));
    shared.set(Buffer.from(heartbeat));
    const headers = await headersOf(heartbeat);

    const verified = await verifyWebhook({ body: shared, headers, secret });
    shared.fill(0);

    expect(verified.events).toHaveLength(1);
    await expect(verifyWebhook({ body: shared.buffer, headers, secret })).rejects.toMatchObject({
      code: "body_unreadable",
      message: expect.stringContaining("SharedArrayBuffer"),
    });
  });
});

it.each(bodies.filter(([name]) => name !== "an ArrayBuffer"))(
  "nodeHandler takes %s of another realm that a parser left",
  async (_name, body) => {
    const { receiver, events } = createReceiver();
    const request = { method: "POST", headers: await headersOf(heartbeat), body };

    await nodeHandler(receiver)(request, { setHeader() {}, end() {} } as object);

    expect(events).toHaveLength(1);
  },
);

describe("a runtime that lacks what others have", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "realms-"));
    for (const hmac of implementations) {
      await build({
        entryPoints: [at("../../../src/webhooks/index.ts")],
        alias: { "#hmac": at(`../../../src/runtime/hmac/${hmac}.ts`) },
        external: ["node:*"],
        bundle: true,
        splitting: true,
        format: "esm",
        outdir: join(folder, hmac),
        outExtension: { ".js": ".mjs" },
      });
    }
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.each(implementations)("can import the entry, with the HMAC of %s", async (hmac) => {
    // Jest's environment for jsdom has none of these, or others than those of Node.
    const missing =
      "TextDecoder TextEncoder Buffer setImmediate setTimeout Blob Request Response Headers ReadableStream crypto performance AbortController structuredClone atob";
    const code = `
      for (const name of "${missing}".split(" ")) delete globalThis[name];
      const { WebhookReceiver, lambdaHandler, nodeHandler } = await import(${JSON.stringify(`file://${folder}/${hmac}/index.mjs`)});
      const receiver = new WebhookReceiver({ secret: "example-secret" });
      console.log(typeof nodeHandler(receiver), typeof lambdaHandler(receiver));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code]);

    expect(stdout.trim()).toBe("function function");
  });

  it("is reported to lack what is missing when it is needed, and not that the body is wrong", async () => {
    const code = `
      const { verifyWebhook, signWebhook } = await import(${JSON.stringify(`file://${folder}/node/index.mjs`)});
      const signature = await signWebhook("[]", "example-secret");
      delete globalThis.TextDecoder;
      const body = new Uint8Array([91, 93]);
      await verifyWebhook({ body, signature, secret: "example-secret" }).catch((error) => console.log(error.message));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code]);

    expect(stdout.trim()).toBe("TextDecoder is not defined");
  });
});

function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
