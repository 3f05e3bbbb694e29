import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterEach, expect, it } from "vitest";
import { root } from "../../package/install.ts";
import { vectorOf } from "../../webhooks/verification/vectors/vectors.ts";

const { text, secret, signature } = vectorOf("one event");

const worker = `
import { signWebhook, verifyWebhook } from "${root}src/webhooks/index.ts";
const [text, secret] = ${JSON.stringify([text, secret])};
export default {
  async fetch() {
    const signature = await signWebhook(text, secret);
    const { matchedSecret, digest } = await verifyWebhook({ body: text, signature, secret });
    const failure = await verifyWebhook({ body: text + " ", signature, secret }).catch(({ code }) => code);
    return Response.json([signature, matchedSecret, digest, failure]);
  },
};
`;

const running: Miniflare[] = [];
afterEach(async () => {
  for (const miniflare of running.splice(0)) await miniflare.dispose();
});

it.each([
  { name: "plain", flags: [] },
  { name: "with modules of node", flags: ["nodejs_compat", "enable_nodejs_process_v2"] },
])("workerd, $name, says the same of a delivery as node", async ({ flags }) => {
  const { outputFiles } = await build({
    stdin: { contents: worker, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd"],
    write: false,
  });
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-01-01",
    compatibilityFlags: flags,
    host: "127.0.0.1",
  });
  running.push(miniflare);
  const answer = await miniflare.dispatchFetch("http://worker.example/");
  expect(await answer.json()).toEqual([
    signature,
    0,
    vectorOf("one event").sha256,
    "signature_mismatch",
  ]);
});
