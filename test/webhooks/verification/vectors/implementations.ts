import { vi } from "vitest";
import type { Hmac } from "../../../../src/runtime/hmac/node.ts";

/** What a delivery can be hashed by: node:crypto, or WebCrypto where there is none. */
export const implementations = ["node", "web"] as const;

export type Implementation = (typeof implementations)[number];

/** Loads the entry again, on top of one of the implementations. */
export async function loadWebhooks(
  implementation: Implementation,
): Promise<typeof import("../../../../src/webhooks/index.ts")> {
  vi.resetModules();
  vi.doMock("../../../../src/runtime/hmac/node.ts", async () => {
    const hmac = await loadHmac(implementation);
    return { nodeHmac: () => hmac };
  });
  return import("../../../../src/webhooks/index.ts");
}

/** The implementation itself. */
export async function loadHmac(implementation: Implementation): Promise<Hmac> {
  if (implementation === "web") return vi.importActual("../../../../src/runtime/hmac/web.ts");
  const { nodeHmac } = await vi.importActual<Node>("../../../../src/runtime/hmac/node.ts");
  return nodeHmac() as Hmac;
}

type Node = typeof import("../../../../src/runtime/hmac/node.ts");
