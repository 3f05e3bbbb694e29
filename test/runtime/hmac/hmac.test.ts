import crypto from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  implementations,
  loadHmac,
  loadWebhooks,
} from "../../webhooks/verification/vectors/implementations.ts";
import { vectorOf, vectors } from "../../webhooks/verification/vectors/vectors.ts";

const { text, bytes, secret, signature } = vectorOf("one event");
const mac = signature.slice("sha1=".length);
/** Wrong in one digit: the first, one in the middle, the last; and in all of them. */
const wrong = [0, 19, 39].map((at) => flipped(mac, at)).concat(mac.replace(/./g, flip));

describe.each(implementations)("the HMAC of %s", (implementation) => {
  it.each(vectors)("is right for $name", async (vector) => {
    const { sign, findSigner, digestOf } = await loadHmac(implementation);
    const expected = vector.signature.slice("sha1=".length);

    expect(await sign(vector.text, vector.secret)).toBe(expected);
    expect(await sign(vector.bytes, vector.secret)).toBe(expected);
    expect(await findSigner(vector.bytes, expected, [vector.secret])).toBe(0);
    expect(await findSigner(vector.text, expected, ["another", vector.secret])).toBe(1);
    expect(await findSigner(vector.text, expected, ["another", "a third"])).toBe(-1);
    const digest = await digestOf(vector.text, () => vector.text);
    expect([digest(), digest()]).toEqual([vector.sha256, vector.sha256]);
  });

  it.each(wrong)("is not %s", async (received) => {
    const { findSigner } = await loadHmac(implementation);

    expect(await findSigner(bytes, received, [secret])).toBe(-1);
  });

  it("is that of none when there are no secrets", async () => {
    const { findSigner } = await loadHmac(implementation);

    expect(await findSigner(bytes, mac, [])).toBe(-1);
  });

  it("is not mixed up between deliveries that are checked at the same time", async () => {
    const { verifyWebhook } = await loadWebhooks(implementation);
    const isRight = (index: number) => index % 3 !== 0;

    const results = await Promise.allSettled(
      Array.from({ length: 90 }, (_, index) => {
        const given = isRight(index) ? signature : `sha1=${wrong[index % wrong.length]}`;
        return verifyWebhook({ body: text, signature: given, secret });
      }),
    );

    expect(results.map(({ status }) => status === "fulfilled")).toEqual(
      results.map((_, index) => isRight(index)),
    );
  });
});

describe("comparing in constant time", () => {
  it("is left to timingSafeEqual, over all 40 digits, whatever digit is wrong", async () => {
    const { verifyWebhook } = await loadWebhooks("node");
    const compare = vi.spyOn(crypto, "timingSafeEqual");
    const seen: string[][] = [];
    compare.mockImplementation((a, b) => {
      seen.push([String(a), String(b)].toSorted());
      return false;
    });

    for (const received of [...wrong, mac]) {
      const delivery = { body: text, signature: `sha1=${received}`, secret };
      await expect(verifyWebhook(delivery)).rejects.toMatchObject({ code: "signature_mismatch" });
    }

    expect(seen).toEqual([...wrong, mac].map((received) => [received, mac].toSorted()));
  });

  it("decides alone: what timingSafeEqual calls equal is accepted", async () => {
    const { verifyWebhook } = await loadWebhooks("node");
    vi.spyOn(crypto, "timingSafeEqual").mockReturnValue(true);

    for (const received of wrong) {
      const delivery = { body: text, signature: `sha1=${received}`, secret };
      await expect(verifyWebhook(delivery)).resolves.toMatchObject({ matchedSecret: 0 });
    }
  });

  it("is done once for each secret until one matches", async () => {
    const { verifyWebhook } = await loadWebhooks("node");
    const compare = vi.spyOn(crypto, "timingSafeEqual");

    await verifyWebhook({ body: text, signature, secrets: ["another", secret, "a third"] });

    expect(compare).toHaveBeenCalledTimes(2);
  });

  it("is left to WebCrypto where it is used, and to nothing of Node", async () => {
    const { verifyWebhook } = await loadWebhooks("web");
    const hmac = vi.spyOn(crypto, "createHmac");
    const verify = vi.spyOn(globalThis.crypto.subtle, "verify").mockResolvedValue(true);

    for (const received of wrong) {
      const delivery = { body: text, signature: `sha1=${received}`, secret };
      await expect(verifyWebhook(delivery)).resolves.toMatchObject({ matchedSecret: 0 });
    }
    verify.mockResolvedValue(false);
    const right = { body: text, signature, secret };
    await expect(verifyWebhook(right)).rejects.toMatchObject({ code: "signature_mismatch" });

    expect(verify).toHaveBeenCalledTimes(wrong.length + 1);
    for (const [, , received] of verify.mock.calls) {
      expect(received).toHaveProperty("byteLength", 20);
    }
    expect(hmac).not.toHaveBeenCalled();
  });
});

describe("the keys of WebCrypto", () => {
  // The keys of each test are its own.
  let verifyWebhook: Awaited<ReturnType<typeof loadWebhooks>>["verifyWebhook"];
  beforeEach(async () => {
    ({ verifyWebhook } = await loadWebhooks("web"));
  });

  const secrets = Array.from({ length: 50 }, (_, index) => `secret-number-${index}`);
  const verify = (own: string) =>
    verifyWebhook({
      body: text,
      secret: own,
      signature: `sha1=${crypto.createHmac("sha1", own).update(text).digest("hex")}`,
    });

  it("are imported once for each secret", async () => {
    const importKey = vi.spyOn(globalThis.crypto.subtle, "importKey");
    const few = secrets.slice(0, 3);

    for (const own of [...few, ...few]) await verify(own);

    expect(importKey).toHaveBeenCalledTimes(3);
  });

  // A host may end the work of one request before it is done; what others wait for then never comes.
  it("are not waited for by a delivery whose own import is not the one that hangs", async () => {
    const [own = ""] = secrets.slice(10);
    vi.spyOn(globalThis.crypto.subtle, "importKey").mockReturnValueOnce(new Promise(() => {}));

    void verify(own);
    expect((await verify(own)).matchedSecret).toBe(0);
  });

  it("keep working when there are more secrets than keys are kept", async () => {
    for (let round = 0; round < 3; round++) {
      for (const own of secrets)
        await expect(verify(own)).resolves.toMatchObject({ matchedSecret: 0 });
    }
    await expect(Promise.all(secrets.map(verify))).resolves.toHaveLength(secrets.length);
  });

  it("are not kept without limit: the one longest unused is dropped", async () => {
    const importKey = vi.spyOn(globalThis.crypto.subtle, "importKey");
    const [often = "", ...others] = secrets;

    for (const own of others) {
      await verify(often);
      await verify(own);
    }
    expect(importKey).toHaveBeenCalledTimes(secrets.length);

    await verify(often);
    expect(importKey).toHaveBeenCalledTimes(secrets.length);
    // The first of the others was imported, used once, and followed by 48 more.
    await verify(others[0] ?? "");
    expect(importKey).toHaveBeenCalledTimes(secrets.length + 1);
  });

  it("cannot be read, as secrets must not be", async () => {
    const importKey = vi.spyOn(globalThis.crypto.subtle, "importKey");

    await verify(secrets[0] ?? "");

    const key = await importKey.mock.results[0]?.value;
    expect(key).toMatchObject({ extractable: false, type: "secret" });
  });
});

function flip(digit: string): string {
  return digit === "0" ? "1" : "0";
}

function flipped(digits: string, at: number): string {
  return digits.slice(0, at) + flip(digits.charAt(at)) + digits.slice(at + 1);
}
