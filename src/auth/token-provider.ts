import { Deadline } from "../core/deadline.ts";
import { failures } from "../core/failures.ts";
import type { TokenProvider } from "../options.ts";
import type { StoredToken } from "../storage/contracts/index.ts";
import { isStoredToken, type TokenIssuer } from "./token-issuer.ts";

/** Time limit for an answer of the host's provider. */
const providerTimeout = 30_000;

/** Tokens from the host's own provider, checked before they are used. */
export function providerIssuer(provider: TokenProvider): TokenIssuer {
  return {
    source: "provider",
    secrets: [],
    async obtain(nobodyWaits) {
      const context = { operation: "tokenProvider", path: "", attempts: 1 };
      const deadline = new Deadline(context, providerTimeout, nobodyWaits, true);
      let answer: StoredToken;
      try {
        answer = await deadline.run(async (signal) => provider({ signal }));
      } catch (error) {
        if (nobodyWaits.aborted) throw error;
        const { toHostError } = await failures();
        throw toHostError("tokenProvider", providerTimeout, error, []);
      }
      if (isStoredToken(answer) && answer.expiresAt > Date.now()) return answer;
      const { invalidProvision } = await failures();
      throw invalidProvision();
    },
  };
}
