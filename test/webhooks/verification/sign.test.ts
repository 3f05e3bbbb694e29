import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { beforeAll, describe, expect, it } from "vitest";
import { generateWebhookSecret, type WebhookEventName } from "../../../src/webhooks/index.ts";
import { description, lookUp } from "../../support/openapi.ts";
import { implementations, loadWebhooks } from "./vectors/implementations.ts";
import { vectors } from "./vectors/vectors.ts";

const secret = "example-secret";
const heartbeat = {
  event: "system:heartbeat",
  createdAt: "2026-03-11T18:42:07.115Z",
  version: "2024-10-01",
  pendingEvents: 3,
} as const;

describe.each(implementations)("with the HMAC of %s", (implementation) => {
  let webhooks: Awaited<ReturnType<typeof loadWebhooks>>;
  beforeAll(async () => {
    webhooks = await loadWebhooks(implementation);
  });

  describe("signWebhook", () => {
    it("gives the check value of the documentation", async () => {
      expect(await webhooks.signWebhook('{"payload":"example"}', secret)).toBe(
        "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d",
      );
    });

    it.each(vectors)("signs $name as Python does", async ({ text, bytes, secret, signature }) => {
      expect(await webhooks.signWebhook(text, secret)).toBe(signature);
      expect(await webhooks.signWebhook(bytes, secret)).toBe(signature);
      expect(await webhooks.signWebhook(Buffer.from(bytes), secret)).toBe(signature);
    });

    it.each<[string, unknown]>([
      ["an array", [heartbeat]],
      ["an object", heartbeat],
      ["undefined", undefined],
      ["null", null],
      ["a number", 5],
      ["a stream", new ReadableStream()],
    ])("refuses %s, which has no bytes yet", async (_what, payload) => {
      await expect(webhooks.signWebhook(payload as string, secret)).rejects.toMatchObject({
        name: "ConfigurationError",
        code: "invalid_argument",
        parameter: "payload",
      });
    });

    it.each<[string, unknown]>([
      ["missing", undefined],
      ["null", null],
      ["empty", ""],
      ["a number", 123_456],
      ["bytes", Buffer.from(secret)],
      ["a list", [secret]],
      ["only white space", "   "],
      ["preceded by white space", ` ${secret}`],
      ["followed by a line break", `${secret}\n`],
    ])("refuses a secret that is %s", async (_what, wrong) => {
      await expect(webhooks.signWebhook("[]", wrong as string)).rejects.toMatchObject({
        name: "ConfigurationError",
        code: "invalid_argument",
        parameter: "secret",
      });
    });
  });

  describe("webhookRequest", () => {
    it("makes what verifyWebhook accepts", async () => {
      const unknown = { event: "user:spaceship:launched", crew: ["Zoë", "🚀"] };
      const request = await webhooks.webhookRequest([heartbeat, unknown], {
        secret,
        url: "https://example.com/webhooks?a=1",
        deliveryId: "delivery-1",
      });

      expect(request.method).toBe("POST");
      expect(request.url).toBe("https://example.com/webhooks?a=1");
      expect(request.headers.get("content-type")).toBe("application/json");
      const verified = await webhooks.verifyWebhook(request, { secret });
      expect(verified).toMatchObject({
        events: [heartbeat],
        unknownEvents: [{ event: unknown.event, payload: unknown }],
        invalidEvents: [],
        deliveryId: "delivery-1",
      });
    });

    it("makes what verifyWebhook refuses with another secret", async () => {
      const request = await webhooks.webhookRequest([heartbeat], { secret });

      await expect(
        webhooks.verifyWebhook(request, { secret: "another-secret" }),
      ).rejects.toMatchObject({ code: "signature_mismatch" });
    });

    it("gives each delivery an ID of its own, and the same events the same digest", async () => {
      const verified = await Promise.all(
        Array.from({ length: 3 }, async () =>
          webhooks.verifyWebhook(await webhooks.webhookRequest([heartbeat], { secret }), {
            secret,
          }),
        ),
      );

      expect(new Set(verified.map(({ deliveryId }) => deliveryId)).size).toBe(3);
      expect(new Set(verified.map(({ digest }) => digest)).size).toBe(1);
    });

    it("refuses an invalid secret", async () => {
      await expect(
        webhooks.webhookRequest([heartbeat], { secret: `${secret} ` }),
      ).rejects.toMatchObject({ name: "ConfigurationError", parameter: "secret" });
    });

    it("takes every event of the description as it is", async () => {
      const names = Object.keys(
        lookUp("/components/schemas/WebhookEvent/discriminator/mapping") as object,
      ) as WebhookEventName[];
      const examples = names
        .map((name) => lookUp(`/webhooks/${name}/post/requestBody/content/application~1json`))
        .map((content) => (content as { example?: Record<string, unknown> }).example)
        .filter((example) => example !== undefined);
      expect(examples.length).toBeGreaterThan(20);

      const request = await webhooks.webhookRequest(examples, { secret });

      const { events } = await webhooks.verifyWebhook(request, { secret, validate: "throw" });
      expect(events).toEqual(examples);
    });
  });
});

describe("generateWebhookSecret", () => {
  const secrets = Array.from({ length: 1_000 }, generateWebhookSecret);

  it("gives 64 hex digits, which are 256 bits", () => {
    expect(secrets.filter((each) => !/^[0-9a-f]{64}$/.test(each))).toEqual([]);
  });

  it("never gives the same twice", () => {
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it("gives what Enode takes for a webhook", () => {
    const ajv = new Ajv2020({ strict: false });
    formats(ajv);
    ajv.addSchema({ ...description, $id: "openapi" });
    const validate = ajv.compile({ $ref: "openapi#/components/schemas/WebhookCreate" });
    const url = "https://example.com/webhooks";

    expect(secrets.filter((each) => !validate({ url, secret: each }))).toEqual([]);
    expect(validate({ url, secret: "short" })).toBe(false);
  });

  it("gives what signs and verifies", async () => {
    const { verifyWebhook, webhookRequest } = await loadWebhooks("node");
    const [secret = ""] = secrets;

    const request = await webhookRequest([heartbeat], { secret });

    await expect(verifyWebhook(request, { secret })).resolves.toMatchObject({ matchedSecret: 0 });
  });
});
