import type { Enode } from "../../../src/enode.ts";
import { createClient } from "../../support/stub.ts";

/** A provider, so that a test hears of one request only. */
const provided = { token: "token-1", expiresAt: 8.64e15 };
export function withToken(options: Parameters<typeof createClient>[0]): Enode {
  const { clientSecret: _, ...rest } = { clientSecret: undefined, ...options };
  return createClient({
    ...rest,
    clientSecret: undefined as never,
    tokenProvider: (async () => provided) as never,
  });
}
