import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { isEnodeError } from "../../../src/errors/index.ts";
import { implementations, loadWebhooks } from "./vectors/implementations.ts";

type Webhooks = Awaited<ReturnType<typeof loadWebhooks>>;

/** With characters that each encoding writes differently. */
const secret = "sentinel/Secret+one=&two";
const content = "sentinel/Content+of~the body";

const macOf = (body: string) => createHmac("sha1", secret).update(body).digest("hex");
const signed = (body: string) => ({ body, signature: `sha1=${macOf(body)}`, secret });

const event = {
  event: "user:vehicle:updated",
  createdAt: "2026-03-11T18:42:07.115Z",
  version: "2024-10-01",
  user: { id: content },
  // As names of members too: paths of issues are made of those.
  vehicle: { id: content, [content]: content, chargeState: content, information: [content] },
};
const body = JSON.stringify([event]);
/** A signature that somebody made, to learn what comes of it. */
const probe = "5eed".repeat(10);

const inAllForms = (text: string) => [
  text,
  JSON.stringify(text).slice(1, -1),
  Buffer.from(text).toString("base64"),
  Buffer.from(text).toString("base64url"),
  Buffer.from(text).toString("hex"),
  encodeURIComponent(text),
];

const scenes: Record<string, (webhooks: Webhooks) => unknown> = {
  "a signature that does not match": ({ verifyWebhook }) =>
    verifyWebhook({ body, signature: `sha1=${probe}`, secret }),
  "a signature that is malformed": ({ verifyWebhook }) =>
    verifyWebhook({ body, signature: `sha1=${macOf(body)}${probe}`, secret }),
  "a signature of another hash": ({ verifyWebhook }) =>
    verifyWebhook({ body, signature: `sha256=${macOf(body)}`, secret }),
  "a signature that is missing": ({ verifyWebhook }) => verifyWebhook({ body, secret }),
  "a secret that ends in white space": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), secret: `${secret}\n` }),
  "a secret with white space inside": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), secret: `${secret} ${secret}` }),
  "a secret that is no text": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), secret: [{ secret }] as unknown as string[] }),
  "a secret beside an empty one": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), secret: [secret, ""] }),
  "a body that was parsed": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), body: [event] }),
  "a body that is a stream": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), body: new Blob([body]).stream() }),
  "a body that is missing": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), body: undefined }),
  "a body that breaks off": ({ verifyWebhook }) => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error(`${content} ${secret}`)),
    });
    const headers = { "x-enode-signature": `sha1=${macOf(body)}` };
    const init = { method: "POST", headers, body: broken, duplex: "half" } as const;
    return verifyWebhook(new Request("https://example.com", init), { secret });
  },
  "a body that is too large": ({ verifyWebhook }) => {
    const headers = { "x-enode-signature": `sha1=${macOf(body)}` };
    const large = content.repeat(100_000);
    return verifyWebhook(
      new Request("https://example.com", { method: "POST", headers, body: large }),
      { secret },
    );
  },
  // The runtime's own errors quote what they could not parse.
  "a body that is no JSON": ({ verifyWebhook }) => verifyWebhook(signed(content)),
  "a body that is cut off JSON": ({ verifyWebhook }) => verifyWebhook(signed(body.slice(0, -4))),
  "a body that is no array": ({ verifyWebhook }) => verifyWebhook(signed(JSON.stringify(event))),
  "a body of too many events": ({ verifyWebhook }) =>
    verifyWebhook(signed(JSON.stringify(Array.from({ length: 101 }, () => event)))),
  "events that depart from the description": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), validate: "throw" }),
  "a wrong value of validate": ({ verifyWebhook }) =>
    verifyWebhook({ ...signed(body), validate: content as "off" }),
  "a payload that cannot be signed": ({ signWebhook }) =>
    signWebhook([event] as unknown as string, secret),
  "a secret that cannot sign": ({ signWebhook }) => signWebhook(body, `${secret}\n`),
  "a secret that cannot sign a request": ({ webhookRequest }) =>
    webhookRequest([event], { secret: ` ${secret}` }),
  "a secret that a receiver cannot use": ({ WebhookReceiver }) =>
    new WebhookReceiver({ secret: `${secret} ` }),
};

describe.each(implementations)("with the HMAC of %s", (implementation) => {
  let webhooks: Webhooks;
  beforeAll(async () => {
    webhooks = await loadWebhooks(implementation);
  });

  describe("no error holds secret, body or signature", () => {
    it.each(Object.entries(scenes))("after %s", async (_what, play) => {
      const failure = await failureOf(() => play(webhooks));

      expect(isEnodeError(failure)).toBe(true);
      // A chain of causes would be one of the runtime's errors.
      expect((failure as Error).cause).toBeUndefined();
      expectNoSentinel(allOf(failure));
    });
  });

  it("says the same about a wrong signature, however nearly right it is", async () => {
    const digits = macOf(body);
    const wrong = [0, 20, 39].map((at) => {
      const digit = digits[at] === "0" ? "1" : "0";
      return `sha1=${digits.slice(0, at)}${digit}${digits.slice(at + 1)}`;
    });

    const failures = await Promise.all(
      wrong.map((signature) =>
        failureOf(() => webhooks.verifyWebhook({ body, signature, secret })),
      ),
    );

    expect(new Set(failures.map((failure) => JSON.stringify(failure))).size).toBe(1);
  });

  it("shows no secret in what was verified, or in a receiver", async () => {
    const receiver = new webhooks.WebhookReceiver({ secret, onError: () => {} });
    const verified = await webhooks.verifyWebhook(signed(body));

    // The body is what was asked for here.
    for (const form of inAllForms(secret)) expect(allOf(verified)).not.toContain(form);
    for (const form of inAllForms(secret)) expect(allOf(receiver)).not.toContain(form);
    expect(allOf(verified)).not.toContain(macOf(body));
  });

  it.each<[string, string, RequestInit["headers"]]>([
    ["a wrong signature", body, { "x-enode-signature": `sha1=${probe}` }],
    ["no signature", body, {}],
    ["no JSON", content, { "x-enode-signature": `sha1=${macOf(content)}` }],
  ])("echoes nothing in the answer to %s", async (_what, text, headers) => {
    const heard: unknown[] = [];
    const receiver = new webhooks.WebhookReceiver({
      secret,
      onError: (error, context) => heard.push(error, context),
    });

    const answer = await receiver.handle(
      new Request("https://example.com", { method: "POST", body: text, headers: headers ?? {} }),
    );

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectNoSentinel(`${await answer.text()} ${JSON.stringify([...answer.headers])}`);
    expect(heard.length).toBeGreaterThan(0);
    for (const value of heard) expectNoSentinel(allOf(value));
  });
});

async function failureOf(play: () => unknown): Promise<unknown> {
  try {
    await play();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing failed, so nothing would be checked.");
}

/** Everything that can be seen of a value. */
function allOf(value: unknown): string {
  const options = { depth: 12, showHidden: true, getters: true, maxStringLength: null };
  const { message = "", stack = "", cause } = Object(value) as Partial<Error>;
  const seen = [String(value), JSON.stringify(value) ?? "", inspect(value, options)];
  const members = JSON.stringify(Object.getOwnPropertyDescriptors(Object(value)));
  return [...seen, members, message, stack, String(cause), inspect(cause, options)].join("\n");
}

function expectNoSentinel(text: string): void {
  const forms = [
    ...inAllForms(secret),
    ...inAllForms(content),
    ...[body, content, JSON.stringify(event)].map(macOf),
    probe,
  ];
  expect(forms.filter((form) => text.includes(form))).toEqual([]);
  // Not in any mixture of cases, nor in part.
  expect(text.toLowerCase()).not.toMatch(/sentinel(\/|%2f)?(secret|content)/);
}
