import { createHash, createHmac } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { isWebhookVerificationError, type WebhookErrorCode } from "../../../src/webhooks/index.ts";
import { implementations, loadWebhooks } from "./vectors/implementations.ts";
import { vectorOf, vectors } from "./vectors/vectors.ts";

type VerifyWebhook = typeof import("../../../src/webhooks/verification/verify.ts").verifyWebhook;

const secret = "example-secret";
const runs = { numRuns: 1_000 };

function sign(body: string | Uint8Array, key: string = secret): string {
  return `sha1=${createHmac("sha1", key).update(body).digest("hex")}`;
}

/** A delivery of anything, as Enode would sign it. */
function signed(value: unknown) {
  const body = JSON.stringify(value);
  return { body, signature: sign(body), secret };
}

function requestOf(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  signature: string,
): Request {
  return new Request("https://example.com/webhooks", {
    method: "POST",
    headers: { "x-enode-signature": signature },
    body,
    ...(body instanceof ReadableStream ? { duplex: "half" } : undefined),
  });
}

const vehicleDeleted = {
  event: "user:vehicle:deleted",
  createdAt: "2026-03-11T18:42:07.115Z",
  version: "2024-10-01",
  user: { id: "customer-1" },
  vehicle: { id: "5d7e2c1a-94c3-4f5b-8a26-b7d0e6c3f418" },
};
const heartbeat = {
  event: "system:heartbeat",
  createdAt: "2026-03-11T18:42:07.115Z",
  version: "2024-10-01",
  pendingEvents: 0,
};

const genuine = signed([vehicleDeleted]);

describe.each(implementations)("with the HMAC of %s", (implementation) => {
  let verifyWebhook: VerifyWebhook;
  beforeAll(async () => {
    ({ verifyWebhook } = await loadWebhooks(implementation));
  });

  describe("what was changed by one byte is refused", () => {
    /** One byte or character replaced, inserted or taken away, or all that follows it cut off. */
    const changesOf = <Unit>(units: readonly Unit[], unit: fc.Arbitrary<Unit>) =>
      fc
        .record({
          kind: fc.constantFrom("replace", "insert", "delete", "truncate"),
          at: fc.nat({ max: units.length - 1 }),
          unit,
        })
        .filter(({ kind, at, unit: other }) => kind !== "replace" || units[at] !== other)
        .map(({ kind, at, unit: other }) => {
          if (kind === "replace") return units.with(at, other);
          if (kind === "insert") return units.toSpliced(at, 0, other);
          return kind === "delete" ? units.toSpliced(at, 1) : units.slice(0, at);
        });
    const someVector = fc.constantFrom(
      ...vectors.filter(({ bytes }) => bytes.length > 2 && bytes.length < 5_000),
    );
    const character = fc.string({ minLength: 1, maxLength: 1, unit: "grapheme" });

    it("of the body", async () => {
      const changed = someVector.chain((vector) =>
        fc.tuple(fc.constant(vector), changesOf([...vector.bytes], fc.nat({ max: 255 }))),
      );
      await fc.assert(
        fc.asyncProperty(changed, async ([{ signature, secret: key }, bytes]) => {
          const body = Uint8Array.from(bytes);
          const code = await codeOf(() => verifyWebhook({ body, signature, secret: key }));
          expect(["signature_mismatch", "secret_whitespace", "empty_body"]).toContain(code);
        }),
        runs,
      );
    });

    it("of the signature", async () => {
      const changed = someVector.chain((vector) =>
        fc.tuple(
          fc.constant(vector),
          changesOf(
            vector.signature.split(""),
            fc.oneof(fc.constantFrom(..."0123456789abcdefABCDEF= \t\n\0"), character),
          ),
        ),
      );
      await fc.assert(
        fc.asyncProperty(changed, async ([{ bytes, secret: key }, characters]) => {
          const signature = characters.join("");
          const refusal = verifyWebhook({ body: bytes, signature, secret: key });
          await expect(refusal).rejects.toSatisfy(isWebhookVerificationError);
        }),
        runs,
      );
    });

    it("of the signature in a header", async () => {
      const changed = changesOf(genuine.signature.split(""), character);
      await fc.assert(
        fc.asyncProperty(changed, async (characters) => {
          const headers = { "x-enode-signature": characters.join("") };
          const refusal = verifyWebhook({ body: genuine.body, headers, secret });
          await expect(refusal).rejects.toSatisfy(isWebhookVerificationError);
        }),
        runs,
      );
    });

    it("of the secret", async () => {
      const changed = someVector.chain((vector) =>
        // Not in its zero bytes: HMAC itself fills the key up with those.
        fc.tuple(
          fc.constant(vector),
          changesOf(
            [...vector.secret],
            character.filter((each) => each !== "\0"),
          ),
        ),
      );
      await fc.assert(
        fc.asyncProperty(changed, async ([{ bytes, signature }, characters]) => {
          const refusal = verifyWebhook({ body: bytes, signature, secret: characters.join("") });
          await expect(refusal).rejects.toSatisfy(isWebhookVerificationError);
        }),
        runs,
      );
    });
  });

  it("sorts any array of any JSON, every value exactly once", async () => {
    const eventLike = fc.record(
      {
        event: fc.oneof(
          fc.constantFrom("user:vehicle:updated", "system:heartbeat", "user:new:thing", "", null),
          fc.constantFrom("__proto__", "constructor", "toString"),
          fc.jsonValue(),
        ),
        createdAt: fc.oneof(fc.constant("2026-03-11T18:42:07Z"), fc.jsonValue()),
        version: fc.oneof(fc.constant("2024-10-01"), fc.jsonValue()),
        user: fc.oneof(fc.record({ id: fc.jsonValue() }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const bodies = fc
      .array(fc.oneof(eventLike, fc.jsonValue()), { maxLength: 100 })
      .map((values) => JSON.stringify(values));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { payload, events, unknownEvents, invalidEvents } = await verifyWebhook({
          body,
          signature: sign(body),
          secret,
        });

        expect(payload).toEqual(JSON.parse(body));
        const left: Record<string, unknown[]> = {
          events: [...events],
          unknown: unknownEvents.map((unknown) => unknown.payload),
          invalid: invalidEvents.map((invalid) => invalid.payload),
        };
        const invalidAt = new Set(invalidEvents.map(({ index }) => index));
        payload.forEach((value, index) => {
          const queue = invalidAt.has(index)
            ? left["invalid"]
            : [left["events"], left["unknown"]].find((each) => each?.[0] === value);
          // The very value, and in the order in which they came.
          expect(queue?.shift()).toBe(value);
        });
        expect(left).toEqual({ events: [], unknown: [], invalid: [] });
      }),
      runs,
    );
  });

  describe("digest", () => {
    const { body: text, signature } = signed([{ ...vehicleDeleted, note: "Zoë 🚗 \u2028" }]);
    const bytes = Buffer.from(text);
    const digest = createHash("sha256").update(bytes).digest("hex");

    it.each<[string, () => unknown]>([
      ["a string", () => text],
      ["a Buffer", () => bytes],
      ["a part of a larger one", () => Buffer.concat([bytes, bytes]).subarray(0, bytes.length)],
      ["an ArrayBuffer", () => Uint8Array.from(bytes).buffer],
    ])("is the SHA-256 of %s", async (_form, bodyOf) => {
      const verified = await verifyWebhook({ body: bodyOf(), signature, secret });

      expect(verified.digest).toBe(digest);
    });

    it("is the SHA-256 of the body of a Request", async () => {
      const verified = await verifyWebhook(requestOf(text, signature), { secret });

      expect(verified.digest).toBe(digest);
    });

    it("is the same for copies under other delivery IDs, and changes with the body", async () => {
      const deliver = async (id: string, body: string) => {
        const headers = { "x-enode-signature": sign(body), "x-enode-delivery": id };
        return verifyWebhook({ body, headers, secret });
      };
      const [first, copy, other] = await Promise.all([
        deliver("1", text),
        deliver("2", text),
        deliver("1", `${text} `),
      ]);

      expect([first.deliveryId, copy.deliveryId]).toEqual(["1", "2"]);
      expect(copy.digest).toBe(first.digest);
      expect(other.digest).not.toBe(first.digest);
    });

    it("is that of the body as it was, also when the bytes are used for something else", async () => {
      const buffer = Buffer.from(text);
      const verified = await verifyWebhook({ body: buffer, signature, secret });

      buffer.fill(0);

      expect(verified.digest).toBe(digest);
    });
  });

  it("names the first of the secrets that match", async () => {
    const secrets = ["another-secret", secret, secret];

    await expect(verifyWebhook({ ...genuine, secrets })).resolves.toHaveProperty(
      "matchedSecret",
      1,
    );
  });

  it.each(["secret", "secrets"])("takes none of several in %s for granted", async (option) => {
    const delivery = { body: genuine.body, signature: genuine.signature };

    const options = { [option]: ["another-secret", "a-third-one"] } as { secret: string[] };
    const refusal = verifyWebhook({ ...delivery, ...options });

    await expect(refusal).rejects.toMatchObject({ code: "signature_mismatch" });
  });
});

describe("a signature in an array, as some frameworks hand out headers", () => {
  it("is taken as it is, if it is the only one", async () => {
    const { verifyWebhook } = await loadWebhooks("node");
    const { body, signature } = genuine;
    const inArray = [signature] as unknown as string;
    await expect(verifyWebhook({ body, signature: inArray, secret })).resolves.toBeDefined();
    const two = [signature, signature] as unknown as string;
    await expect(verifyWebhook({ body, signature: two, secret })).rejects.toMatchObject({
      code: "malformed_signature",
    });
  });
});

it("headers may be a Map of lists, too", async () => {
  const { verifyWebhook } = await loadWebhooks("node");
  const headers = new Map([
    ["x-enode-signature", [genuine.signature]],
    ["x-enode-delivery", ["5d7e2c1a"]],
  ]) as unknown as Headers;

  const verified = await verifyWebhook({ body: genuine.body, headers, secret });

  expect(verified.deliveryId).toBe("5d7e2c1a");
});

it("a body nested as deep as its size allows is verified", async () => {
  const { verifyWebhook } = await loadWebhooks("node");
  const depth = 100_000;
  const text = `[{"event":"system:heartbeat","deep":${"[".repeat(depth)}${"]".repeat(depth)}}]`;

  const verified = await verifyWebhook({ body: text, signature: sign(text), secret });

  expect(verified.invalidEvents).toHaveLength(1);
});

/** All codes with which a delivery can be refused before it has a receiver. */
type Refusal = Exclude<
  WebhookErrorCode,
  | "stale_delivery"
  | "invalid_event"
  | "body_timeout"
  | "too_busy"
  | "secret_timeout"
  | "answer_lost"
>;
type Scene = [what: string, words: RegExp, deliver: (verify: VerifyWebhook) => Promise<unknown>];

const { body, signature } = genuine;
const mac = signature.slice("sha1=".length);
const withSignature =
  (wrong: unknown): Scene[2] =>
  (verify) =>
    verify({ body, signature: wrong as string, secret });
const withSecret =
  (options: unknown): Scene[2] =>
  (verify) =>
    verify({ body, signature, ...(options as { secret: string }) });
const withBody =
  (wrong: unknown): Scene[2] =>
  (verify) =>
    verify({ body: wrong, signature, secret });
const withSigned =
  (text: string | Uint8Array): Scene[2] =>
  (verify) =>
    verify({ body: text, signature: sign(text), secret });

const scenes: Record<Refusal, Scene[]> = {
  missing_secret: [
    ["no secret", /secret is missing or empty/, withSecret({})],
    ["undefined", /missing/, withSecret({ secret: undefined })],
    ["null", /missing/, withSecret({ secret: null })],
    ["an empty one", /empty/, withSecret({ secret: "" })],
    ["a number", /missing/, withSecret({ secret: 123_456 })],
    ["bytes", /missing/, withSecret({ secret: Buffer.from(secret) })],
    ["a promise", /missing/, withSecret({ secret: Promise.resolve(secret) })],
    ["an empty list", /missing/, withSecret({ secret: [] })],
    ["an empty list of secrets", /missing/, withSecret({ secrets: [] })],
    ["one of them empty", /empty/, withSecret({ secret: [secret, ""] })],
    ["one of them undefined", /missing/, withSecret({ secrets: [undefined, secret] })],
    [
      "no options beside a Request",
      /missing/,
      (verify) => verify(requestOf(body, signature), {} as { secret: string }),
    ],
  ],
  secret_whitespace: [
    ["a line break after it", /white space.*trim/, withSecret({ secret: `${secret}\n` })],
    ["a space before it", /white space/, withSecret({ secret: ` ${secret}` })],
    ["a no-break space after it", /white space/, withSecret({ secret: `${secret}\u00a0` })],
    ["nothing else", /white space/, withSecret({ secret: " \t" })],
    ["one of several", /white space/, withSecret({ secret: [secret, `${secret}\r\n`] })],
    [
      "some inside, and another signature",
      /does not match.*white space/,
      withSecret({ secret: "example secret" }),
    ],
  ],
  missing_signature: [
    ["no headers", /x-enode-signature is missing/, (verify) => verify({ body, secret })],
    ["other headers", /proxy/, (verify) => verify({ body, secret, headers: { accept: "*/*" } })],
    [
      "other Headers",
      /missing/,
      (verify) => verify({ body, secret, headers: new Headers({ accept: "*/*" }) }),
    ],
    [
      "headers that are undefined",
      /missing/,
      (verify) => verify({ body, secret, headers: { "x-enode-signature": undefined } }),
    ],
    ["headers that are null", /missing/, (verify) => verify({ body, secret, headers: null })],
    [
      "a header that is null",
      /missing/,
      (verify) => verify({ body, secret, headers: { "x-enode-signature": null } }),
    ],
    [
      "an empty list of headers",
      /missing/,
      (verify) => verify({ body, secret, headers: { "x-enode-signature": [] } }),
    ],
    ["an empty signature", /missing/, withSignature("")],
    ["a null signature", /missing/, withSignature(null)],
    [
      "a Request without it",
      /missing/,
      (verify) => verify(new Request("https://example.com", { method: "POST", body }), { secret }),
    ],
  ],
  malformed_signature: [
    [
      "digits in upper case",
      /40 lower-case hex digits/,
      withSignature(`sha1=${mac.toUpperCase()}`),
    ],
    ["the algorithm in upper case", /sha1=/, withSignature(`SHA1 ${mac}`)],
    ["no algorithm", /sha1=/, withSignature(mac)],
    ["a digit too few", /40/, withSignature(signature.slice(0, -1))],
    ["a digit too many", /40/, withSignature(`${signature}0`)],
    ["a digit that is none", /hex/, withSignature(`sha1=${mac.slice(0, -1)}g`)],
    ["a full-width digit", /hex/, withSignature(`sha1=${mac.slice(0, -1)}\uff11`)],
    ["a line break at its end", /40/, withSignature(`${signature}\n`)],
    ["a space at its end", /40/, withSignature(`${signature} `)],
    ["base64", /hex/, withSignature(`sha1=${Buffer.from(mac, "hex").toString("base64")}`)],
    [
      "two headers, joined by Headers",
      /40/,
      (verify) => {
        const headers = new Headers({ "x-enode-signature": signature });
        headers.append("x-enode-signature", signature);
        return verify({ body, headers, secret });
      },
    ],
    [
      "two headers, in a list",
      /40/,
      (verify) =>
        verify({ body, headers: { "x-enode-signature": [signature, signature] }, secret }),
    ],
  ],
  unsupported_algorithm: [
    ["sha256", /another hash than sha1/, withSignature(`sha256=${"0".repeat(64)}`)],
    ["SHA1", /sha1/, withSignature(`SHA1=${mac}`)],
    ["v1", /sha1/, withSignature(`v1=${mac}`)],
  ],
  signature_mismatch: [
    ["another secret", /secret is another one/, withSecret({ secret: "another-secret" })],
    ["another body", /not as it was sent/, withBody(`${body} `)],
    [
      "the body written again",
      /parsed and written again/,
      withBody(JSON.stringify(JSON.parse(body), null, 1)),
    ],
    ["another signature", /does not match/, withSignature(`sha1=${"0".repeat(40)}`)],
    [
      "a body that something encoded or decoded",
      /content-encoding/,
      (verify) => {
        const headers = { "X-Enode-Signature": signature, "Content-Encoding": "gzip" };
        return verify({ body: `${body} `, headers, secret });
      },
    ],
    [
      "the same, in Headers",
      /content-encoding/,
      (verify) => {
        const headers = new Headers({ "x-enode-signature": signature, "content-encoding": "br" });
        return verify({ body: `${body} `, headers, secret });
      },
    ],
    [
      "another body, which is not encoded",
      /parsed and written again/,
      (verify) => {
        const headers = { "x-enode-signature": signature, "content-encoding": "identity" };
        return verify({ body: `${body} `, headers, secret });
      },
    ],
    ["a prefix of it", /does not match/, withSignature(`${signature.slice(0, -1)}${flip(mac)}`)],
    [
      "a Request whose body changed",
      /does not match/,
      (verify) => verify(requestOf(`${body}\n`, signature), { secret }),
    ],
  ],
  body_already_parsed: [
    ["an array", /raw bytes/, withBody([vehicleDeleted])],
    ["an object", /parsed before its/, withBody({ payload: "example" })],
    ["a number", /parsed/, withBody(5)],
    ["false", /parsed/, withBody(false)],
    ["an array of bytes", /parsed/, withBody([...Buffer.from(body)])],
    [
      "a Request whose body was read",
      /read or parsed before/,
      async (verify) => {
        const request = requestOf(body, signature);
        await request.text();
        return verify(request, { secret });
      },
    ],
    [
      "a Request whose stream was read",
      /read or parsed before/,
      async (verify) => {
        const request = requestOf(body, signature);
        for await (const _chunk of request.body ?? []);
        return verify(request, { secret });
      },
    ],
    [
      "a Request that somebody else is reading",
      /read or parsed before/,
      async (verify) => {
        const request = requestOf(body, signature);
        request.body?.getReader();
        return verify(request, { secret });
      },
    ],
  ],
  body_is_stream: [
    ["of Node", /stream.*read it first/, withBody(Readable.from([body]))],
    ["of the web", /stream/, withBody(new Blob([body]).stream())],
  ],
  body_unreadable: [
    [
      "a Request that breaks off",
      /did not arrive whole/,
      (verify) => {
        const broken = new ReadableStream({
          pull(controller) {
            controller.enqueue(Buffer.from(body.slice(0, 20)));
            controller.error(new Error(`reset after ${body}`));
          },
        });
        return verify(requestOf(broken, signature), { secret });
      },
    ],
  ],
  body_too_large: [
    [
      "a Request over 2 MiB",
      /larger than 2097152 bytes/,
      (verify) => verify(requestOf(new Uint8Array(2 ** 21 + 1), signature), { secret }),
    ],
  ],
  empty_body: [
    ["undefined", /There is no body.*express\.raw/, withBody(undefined)],
    ["null", /There is no body/, withBody(null)],
    ["a missing one", /There is no body/, (verify) => verify({ signature, secret } as never)],
    ["no text", /empty/, withBody("")],
    ["no bytes", /empty/, withBody(new Uint8Array())],
    ["an empty ArrayBuffer", /empty/, withBody(new ArrayBuffer())],
    ["no text, signed", /empty/, withSigned("")],
    ["no bytes, signed", /empty/, withSigned(new Uint8Array())],
    [
      "a Request without one",
      /empty/,
      (verify) =>
        verify(
          new Request("https://example.com", {
            method: "POST",
            headers: { "x-enode-signature": signature },
          }),
          { secret },
        ),
    ],
  ],
  invalid_json: [
    ["text", /not JSON/, withSigned("payload=example")],
    ["JSON that breaks off", /not JSON/, withSigned(body.slice(0, -1))],
    ["white space", /not JSON/, withSigned(" \n")],
    ["two arrays", /not JSON/, withSigned("[][]")],
    ["a BOM before it", /not JSON/, withSigned(`\ufeff${body}`)],
    ["a BOM in bytes", /not JSON in UTF-8/, withSigned(Buffer.from(`\ufeff${body}`))],
    ["bytes that are not UTF-8", /UTF-8/, withSigned(Buffer.from('["caf\u00e9"]', "latin1"))],
    ["a surrogate in UTF-8", /UTF-8/, withSigned(Buffer.from("5b22eda0bd225d", "hex"))],
    ["an overlong form", /UTF-8/, withSigned(Buffer.from("5b22c080225d", "hex"))],
    ["UTF-16", /UTF-8/, withSigned(Buffer.from("[]", "utf16le"))],
    ["numbers that are none", /not JSON/, withSigned("[NaN]")],
  ],
  not_an_array: [
    ["one event", /not an array/, withSigned(JSON.stringify(vehicleDeleted))],
    ["an object like an array", /not an array/, withSigned('{"0":{},"length":1}')],
    ["null", /not an array/, withSigned("null")],
    ["text", /not an array/, withSigned('"[]"')],
    ["a number", /not an array/, withSigned("0")],
    ["false", /not an array/, withSigned("false")],
  ],
  too_many_events: [
    [
      "101",
      /101 events; Enode sends 100/,
      withSigned(JSON.stringify(Array.from({ length: 101 }, () => heartbeat))),
    ],
    ["2,000 of anything", /2000/, withSigned(`[${"1,".repeat(1_999)}1]`)],
  ],
  schema_mismatch: [
    [
      "what a description knows otherwise",
      /1 place.*0\.pendingEvents/,
      (verify) => verify({ ...signed([{ ...heartbeat, pendingEvents: "3" }]), validate: "throw" }),
    ],
  ],
};

describe.each(implementations)("what is refused with the HMAC of %s", (implementation) => {
  let verifyWebhook: VerifyWebhook;
  beforeAll(async () => {
    ({ verifyWebhook } = await loadWebhooks(implementation));
  });

  describe.each(Object.entries(scenes))("%s", (code, cases) => {
    it.each(cases)("%s", async (_what, words, deliver) => {
      await expect(deliver(verifyWebhook)).rejects.toSatisfy(isWebhookVerificationError);
      await expect(deliver(verifyWebhook)).rejects.toMatchObject({
        name: "WebhookVerificationError",
        code,
        message: expect.stringMatching(words),
      });
    });
  });

  it.each([
    ["Express", /express\.raw\(/],
    ["Fastify", /addContentTypeParser\(.*parseAs: "buffer"/],
    ["Next", /request\.text\(\)|bodyParser: false/],
    ["Nest", /rawBody: true/],
    ["Lambda", /isBase64Encoded/],
  ])("a parsed body names the cure for %s", async (framework, cure) => {
    const refusal = verifyWebhook({ body: [vehicleDeleted], signature, secret });

    await expect(refusal).rejects.toThrow(framework);
    await expect(refusal).rejects.toThrow(cure);
  });

  it("a Request is read no further than 2 MiB", async () => {
    const chunk = new Uint8Array(2 ** 16);
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(chunk);
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );

    const refusal = verifyWebhook(requestOf(endless, signature), { secret });

    await expect(refusal).rejects.toMatchObject({ code: "body_too_large" });
    expect(cancelled).toBe(true);
    // 32 of them are 2 MiB; one more shows that it is larger, and one may be under way.
    expect(pulled).toBeGreaterThanOrEqual(33);
    expect(pulled).toBeLessThanOrEqual(34);
  });

  it("a Request of exactly 2 MiB is taken", async () => {
    const text = `[${" ".repeat(2 ** 21 - 2)}]`;

    const verified = await verifyWebhook(requestOf(text, sign(text)), { secret });

    expect(verified.payload).toEqual([]);
  });

  it("a Request with a malformed signature is not read at all", async () => {
    const request = requestOf(body, "sha1=0");

    await expect(verifyWebhook(request, { secret })).rejects.toMatchObject({
      code: "malformed_signature",
    });

    expect(request.bodyUsed).toBe(false);
  });

  it("a secret with white space inside is none of them when it is the right one", async () => {
    const { secret: spaced, text, signature: right } = vectorOf("a secret with spaces inside");

    await expect(
      verifyWebhook({ body: text, signature: right, secret: spaced }),
    ).resolves.toMatchObject({ matchedSecret: 0 });
  });

  it("100 events are not too many", async () => {
    const events = Array.from({ length: 100 }, () => heartbeat);

    await expect(verifyWebhook(signed(events))).resolves.toMatchObject({ events });
  });
});

describe("the envelope of an event", () => {
  let verifyWebhook: VerifyWebhook;
  beforeAll(async () => {
    ({ verifyWebhook } = await loadWebhooks("node"));
  });

  /** The event with one member replaced, or taken away when the value is `undefined`. */
  const withMember = (name: string, value: unknown) => ({ ...vehicleDeleted, [name]: value });
  const wrongTexts = [undefined, null, "", 5, true, [], {}, ["text"]];
  const wrong: [field: string, value: unknown][] = [
    ...wrongTexts.map((value): [string, unknown] => ["event", withMember("event", value)]),
    ...[...wrongTexts, "yesterday", "2026-03-11", "2026-03-11 18:42:07Z", "1773254527115"].map(
      (value): [string, unknown] => ["createdAt", withMember("createdAt", value)],
    ),
    ...wrongTexts.map((value): [string, unknown] => ["version", withMember("version", value)]),
    ...wrongTexts.map((id): [string, unknown] => ["user.id", withMember("user", { id })]),
    ...[undefined, null, "customer-1", 5, true, []].map((user): [string, unknown] => [
      "user.id",
      withMember("user", user),
    ]),
    ...[null, 5, 0, "user:vehicle:deleted", "", true, false, [], [vehicleDeleted], {}].map(
      (value): [string, unknown] => ["event", value],
    ),
  ];

  it.each(wrong)("lacks its %s in case %#, which does not sink the batch", async (field, value) => {
    const delivery = signed([vehicleDeleted, value, heartbeat]);

    const { events, unknownEvents, invalidEvents } = await verifyWebhook(delivery);

    expect(events).toEqual([vehicleDeleted, heartbeat]);
    expect(unknownEvents).toEqual([]);
    // As it came: what is undefined here is missing in JSON.
    const payload = JSON.parse(JSON.stringify(value));
    expect(invalidEvents).toEqual([{ index: 1, field, payload }]);
  });

  it.each([
    "2026-03-11T18:42:07.115Z",
    "2026-03-11T18:42:07Z",
    "2026-03-11T18:42:07.123456Z",
    "2026-03-11T19:42:07+01:00",
  ])("may have the time %s", async (createdAt) => {
    const event = withMember("createdAt", createdAt);

    expect((await verifyWebhook(signed([event]))).events).toEqual([event]);
  });

  it("needs no user where the event is of none", async () => {
    const test = { ...heartbeat, event: "enode:webhook:test" };

    const { events } = await verifyWebhook(signed([heartbeat, test]));

    expect(events).toEqual([heartbeat, test]);
  });

  it("may be of a version and hold members that nobody knows yet", async () => {
    const event = { ...vehicleDeleted, version: "2031-01-01", addedLater: { deep: [1, null] } };

    expect((await verifyWebhook(signed([event]))).events).toEqual([event]);
  });

  it.each([
    ["alone", { event: "user:spaceship:launched" }],
    ["with a broken envelope", { event: "user:spaceship:launched", createdAt: 5, user: null }],
    ["of another case", { ...vehicleDeleted, event: "USER:vehicle:deleted" }],
    ["with white space", { ...vehicleDeleted, event: "user:vehicle:deleted " }],
    ["of one without a payload", { ...vehicleDeleted, event: "user:charge-action:updated" }],
    ["like a member of every object", { ...vehicleDeleted, event: "constructor" }],
    ["__proto__", { ...vehicleDeleted, event: "__proto__" }],
  ])("with a name that nobody knows, %s, is no error", async (_what, payload) => {
    const { events, unknownEvents, invalidEvents } = await verifyWebhook(signed([payload]));

    expect(unknownEvents).toEqual([{ event: payload.event, payload }]);
    expect([events, invalidEvents]).toEqual([[], []]);
  });

  it.each([
    ["the envelope", `[{"__proto__":${JSON.stringify(vehicleDeleted)}}]`, "event"],
    [
      "the user",
      `[${JSON.stringify(withMember("user", undefined)).slice(0, -1)},"__proto__":{"user":{"id":"a"}}}]`,
      "user.id",
    ],
    [
      "the ID",
      `[${JSON.stringify(withMember("user", undefined)).slice(0, -1)},"user":{"__proto__":{"id":"a"}}}]`,
      "user.id",
    ],
  ])("is not %s of a member __proto__", async (_what, text, field) => {
    const { invalidEvents } = await verifyWebhook({ body: text, signature: sign(text), secret });

    expect(invalidEvents).toMatchObject([{ index: 0, field }]);
    expect(Object.prototype).not.toHaveProperty("event");
    expect(Object.prototype).not.toHaveProperty("id");
  });

  it("is known for all 28 events of the description", async () => {
    const { webhookEventNames } = await import("../../../generated/events.ts");
    const all = webhookEventNames.map((event) => ({ ...vehicleDeleted, event }));

    const { events } = await verifyWebhook(signed(all));

    expect(events).toEqual(all);
    expect(events).toHaveLength(28);
  });
});

async function codeOf(verify: () => Promise<unknown>): Promise<string> {
  try {
    await verify();
  } catch (error) {
    if (isWebhookVerificationError(error)) return error.code;
    throw error;
  }
  return "none";
}

/** Another digit than the last one. */
function flip(digits: string): string {
  return digits.endsWith("0") ? "1" : "0";
}
