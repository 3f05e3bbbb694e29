import { createHmac } from "node:crypto";
import { headersOf, secret } from "./deliveries.ts";

/** Checks the signature of a delivery and parses it; gives its events, or throws. */
export interface Verifier {
  /** The hash of its signatures: what it is compared with signs by the same. */
  hash: "sha1" | "sha256";
  /** Signs a body as its documentation says, outside of what is measured. */
  prepare(body: Buffer): Promise<() => unknown>;
  /** The events in what the call above gave. */
  eventsOf(answer: unknown): readonly unknown[];
}

export const verifierNames = [
  "enode-sdk",
  "enode-sdk, full schema",
  "enode-sdk on WebCrypto",
  "@octokit/webhooks-methods",
  "stripe",
  "standardwebhooks",
  "svix",
] as const;

export type VerifierName = (typeof verifierNames)[number];

/** What someone without a library writes. */
export function bare(hash: Verifier["hash"], body: Buffer): () => unknown {
  const signature = createHmac(hash, secret).update(body).digest("hex");
  return () => {
    if (createHmac(hash, secret).update(body).digest("hex") !== signature)
      throw new Error("forged");
    // As the types have it; a Buffer is turned into text on the way, as by everybody here.
    return JSON.parse(body as unknown as string);
  };
}

const asList = (answer: unknown) => answer as readonly unknown[];
const base64Secret = Buffer.from(secret, "hex").toString("base64");

async function enode(validate: "off" | "throw"): Promise<Verifier> {
  const { verifyWebhook } = await import("../../dist/webhooks.js");
  return {
    hash: "sha1",
    prepare: async (body) => {
      const headers = headersOf(body, "5f0d1c3e-8a57-4a0e-9a53-0c7a5e3b9d21");
      return validate === "off"
        ? () => verifyWebhook({ body, headers, secret })
        : () => verifyWebhook({ body, headers, secret, validate });
    },
    eventsOf: (answer) => (answer as { events: readonly unknown[] }).events,
  };
}

/** Standard Webhooks, which both of them speak, under headers of other names. */
interface StandardWebhook {
  sign(id: string, timestamp: Date, payload: string): string | Promise<string>;
  verify(payload: string | Buffer, headers: Record<string, string>): unknown;
}

function standard(webhook: StandardWebhook, prefix: "webhook" | "svix"): Verifier {
  return {
    hash: "sha256",
    prepare: async (body) => {
      const id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
      // Signed anew each time: what is older than 5 minutes is refused.
      const now = new Date();
      const headers = {
        ...headersOf(body, id),
        [`${prefix}-id`]: id,
        [`${prefix}-timestamp`]: String(Math.floor(now.getTime() / 1_000)),
        [`${prefix}-signature`]: await webhook.sign(id, now, body.toString()),
      };
      if (prefix === "webhook") return () => webhook.verify(body, headers);
      return () => {
        webhook.verify(body, headers);
        // It gives nothing back.
        return JSON.parse(body.toString());
      };
    },
    eventsOf: asList,
  };
}

/** Each verifier as its own documentation sets it up, loaded only where it runs. */
const makers: Record<VerifierName, () => Promise<Verifier>> = {
  "enode-sdk": () => enode("off"),
  "enode-sdk, full schema": () => enode("throw"),
  // The child process runs under the condition that chooses it.
  "enode-sdk on WebCrypto": () => enode("off"),

  "@octokit/webhooks-methods": async () => {
    const { sign, verify } = await import("@octokit/webhooks-methods");
    return {
      hash: "sha256",
      prepare: async (body) => {
        const signature = await sign(secret, body.toString());
        return async () => {
          // It takes text only, and does not parse it.
          const text = body.toString();
          if (!(await verify(secret, text, signature))) throw new Error("forged");
          return JSON.parse(text);
        };
      },
      eventsOf: asList,
    };
  },

  stripe: async () => {
    const { default: Stripe } = await import("stripe");
    const { webhooks } = new Stripe("sk_test_bench");
    return {
      hash: "sha256",
      prepare: async (body) => {
        // Signed anew each time: what is older than 5 minutes is refused.
        const header = webhooks.generateTestHeaderString({ payload: body.toString(), secret });
        return () => webhooks.constructEvent(body, header, secret);
      },
      eventsOf: asList,
    };
  },

  standardwebhooks: async () => {
    const { Webhook } = await import("standardwebhooks");
    return standard(new Webhook(base64Secret), "webhook");
  },

  svix: async () => {
    const { Webhook } = await import("svix");
    return standard(new Webhook(base64Secret), "svix");
  },
};

/** Sets up a verifier. */
export function makeVerifier(name: VerifierName): Promise<Verifier> {
  return makers[name]();
}
