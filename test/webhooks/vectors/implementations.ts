import { vi } from "vitest";

/** What `#hmac` can stand for: node:crypto, or WebCrypto where there is none. */
export const implementations = ["node", "web"] as const;

export type Implementation = (typeof implementations)[number];

/** Loads the entry anew, on top of one of the implementations. */
export async function loadWebhooks(
  implementation: Implementation,
): Promise<typeof import("../../../src/webhooks/index.ts")> {
  vi.resetModules();
  vi.doMock("#hmac", () => loadHmac(implementation));
  return import("../../../src/webhooks/index.ts");
}

/** The implementation itself. */
export function loadHmac(implementation: Implementation): Promise<Hmac> {
  return implementation === "node"
    ? vi.importActual("../../../src/webhooks/hmac/node.ts")
    : vi.importActual("../../../src/webhooks/hmac/web.ts");
}

type Hmac =
  | typeof import("../../../src/webhooks/hmac/node.ts")
  | typeof import("../../../src/webhooks/hmac/web.ts");
