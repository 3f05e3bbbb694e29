import { beforeAll, describe, expect, it } from "vitest";
import type { VerifyOptions, WebhookDelivery } from "../../../src/webhooks/index.ts";
import { implementations, loadWebhooks } from "./vectors/implementations.ts";
import { type Vector, vectorOf, vectors } from "./vectors/vectors.ts";

const deliveryId = "5f0d1c3e-8a57-4a0e-9a53-0c7a5e3b9d21";

/** The same bytes in every form in which a server has them. */
const bodies: Record<string, (vector: Vector) => unknown> = {
  "a string": ({ text }) => text,
  "a Uint8Array": ({ bytes }) => bytes,
  "a Buffer": ({ bytes }) => Buffer.from(bytes),
  "a part of a larger Buffer": ({ bytes }) =>
    Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]).subarray(6, -5),
  "a part of a larger Uint8Array": ({ bytes }) =>
    new Uint8Array([1, 2, 3, ...bytes, 4]).subarray(3, -1),
  "an ArrayBuffer": ({ bytes }) => bytes.buffer.slice(),
};

/** The same headers in every form in which a server has them. */
const headers: Record<string, (signature: string) => WebhookDelivery["headers"]> = {
  Headers: (signature) =>
    new Headers({ "X-Enode-Signature": signature, "X-Enode-Delivery": deliveryId }),
  "an object as Node has it": (signature) => ({
    host: "example.com",
    "x-enode-signature": signature,
    "x-enode-delivery": deliveryId,
    "set-cookie": ["a", "b"],
  }),
  "an object with upper case": (signature) => ({
    "X-Enode-Signature": signature,
    "X-ENODE-DELIVERY": deliveryId,
  }),
  "an object with arrays": (signature) => ({
    "x-enode-signature": [signature],
    "x-enode-delivery": [deliveryId],
  }),
  "an object without a prototype": (signature) =>
    Object.assign(Object.create(null), {
      "x-enode-signature": signature,
      "x-enode-delivery": deliveryId,
      "x-absent": undefined,
    }),
};

/** The secret in every way in which it is configured, and where among them it stands. */
const secrets: Record<string, (secret: string) => [VerifyOptions, number]> = {
  "one secret": (secret) => [{ secret }, 0],
  "a list of one": (secret) => [{ secret: [secret] }, 0],
  "the first of several": (secret) => [{ secret: [secret, "another-secret"] }, 0],
  "the last of several": (secret) => [{ secret: ["another-secret", "a-third-one", secret] }, 2],
  "one of secrets": (secret) => [{ secrets: ["another-secret", secret] }, 1],
};

/** Bodies that are no list of events show only by their error that their signature was right. */
const lists = vectors.filter(({ text }) => Array.isArray(JSON.parse(text)));

describe.each(implementations)("with the HMAC of %s", (implementation) => {
  let webhooks: Awaited<ReturnType<typeof loadWebhooks>>;
  beforeAll(async () => {
    webhooks = await loadWebhooks(implementation);
  });

  it("accepts the check value of the documentation, and then only its shape is wrong", async () => {
    const { text: body, secret } = vectorOf("the check value of Enode's documentation");
    const signature = "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d";

    await expect(webhooks.verifyWebhook({ body, secret, signature })).rejects.toMatchObject({
      code: "not_an_array",
    });
    const changed = { body: `${body} `, secret, signature };
    await expect(webhooks.verifyWebhook(changed)).rejects.toMatchObject({
      code: "signature_mismatch",
    });
  });

  it("has more than 20 vectors, each with another signature", () => {
    expect(lists.length).toBeGreaterThanOrEqual(20);
    expect(new Set(vectors.map(({ signature }) => signature)).size).toBe(vectors.length);
  });

  describe.each(lists)("accepts $name", (vector) => {
    const { text, secret, signature, sha256 } = vector;
    const payload = JSON.parse(text);

    it.each(Object.entries(bodies))("whose body is %s", async (_form, bodyOf) => {
      const verified = await webhooks.verifyWebhook({ body: bodyOf(vector), signature, secret });

      expect(verified.payload).toEqual(payload);
      expect(verified.digest).toBe(sha256);
      expect(verified).toMatchObject({ matchedSecret: 0, deliveryId: undefined, issues: [] });
      const { events, unknownEvents, invalidEvents } = verified;
      expect(events.length + unknownEvents.length).toBe(payload.length);
      expect(invalidEvents).toEqual([]);
    });

    it.each(Object.entries(headers))("whose headers are %s", async (_form, headersOf) => {
      const delivery = { body: text, headers: headersOf(signature) ?? {} };

      const verified = await webhooks.verifyWebhook(delivery, { secret });

      expect(verified.deliveryId).toBe(deliveryId);
      expect(verified.payload).toEqual(payload);
    });

    it.each(Object.entries(secrets))("signed with %s", async (_form, optionsOf) => {
      const [options, index] = optionsOf(secret);

      const verified = await webhooks.verifyWebhook({ body: text, signature, ...options });

      expect(verified.matchedSecret).toBe(index);
    });

    it("in a Request", async () => {
      const request = new Request("https://example.com/webhooks", {
        method: "POST",
        headers: { "x-enode-signature": signature, "x-enode-delivery": deliveryId },
        body: vector.bytes,
      });

      const verified = await webhooks.verifyWebhook(request, { secret });

      expect(verified).toMatchObject({ payload, deliveryId, digest: sha256, matchedSecret: 0 });
    });

    it("in a Request that arrives byte by byte", async () => {
      // The first ones only, or the long bodies would take most of the time of this file.
      const single = Array.from(vector.bytes.subarray(0, 100), (byte) => Uint8Array.of(byte));
      const request = new Request("https://example.com/webhooks", {
        method: "POST",
        headers: { "x-enode-signature": signature },
        body: ReadableStream.from([...single, vector.bytes.subarray(100)]),
        duplex: "half",
      });

      const verified = await webhooks.verifyWebhook(request, { secret });

      expect(verified.payload).toEqual(payload);
    });
  });
});
