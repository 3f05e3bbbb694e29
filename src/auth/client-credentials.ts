import { Deadline } from "../core/deadline.ts";
import { failures } from "../core/failures.ts";
import { checkCredential } from "../core/request/checks.ts";
import { parseJson } from "../core/response.ts";
import { withRetries } from "../core/retry.ts";
import { timeUntil } from "../core/retry-after.ts";
import { backoff } from "../core/retry-policy.ts";
import { isTokenError, type TokenError } from "../errors/index.ts";
import type { HttpAnswer, HttpSender } from "../http-transport.ts";
import { userAgent } from "../runtime/user-agent.ts";
import type { StoredToken } from "../storage/contracts/index.ts";
import { asksToWait, isHeaderSafe, type TokenIssuer } from "./token-issuer.ts";

/** Options of the client that an exchange needs. */
export interface ExchangeOptions {
  clientId: string;
  clientSecret: string | (() => string | Promise<string>);
  tokenUrl: string;
  timeout: number;
  maxRetries: number;
}

/** Time limit for one exchange with its retries. Callers wait no longer than their own deadlines. */
const exchangeDeadline = 30_000;
const maxAnswerBytes = 1024 * 1024;
/** For an answer without `expires_in`, in s: it is optional in RFC 6749. Too long a time costs one 401. */
const assumedLifetime = 300;

/** The OAuth 2.0 client-credentials exchange. */
export class ClientCredentials implements TokenIssuer {
  readonly source = "endpoint";
  readonly #options: ExchangeOptions;
  readonly #http: HttpSender;
  #secrets: readonly string[] = [];

  constructor(options: ExchangeOptions, http: HttpSender) {
    this.#options = options;
    this.#http = http;
    if (typeof options.clientSecret === "string") this.#remember(options.clientSecret);
  }

  /** The secret, alone and joined with the client ID, as last used. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  async obtain(nobodyWaits: AbortSignal): Promise<StoredToken> {
    const context = { operation: "The token request", path: "/oauth2/token", attempts: 0 };
    // Callers have timers of their own; a refresh in the background must not keep the process alive.
    const deadline = new Deadline(context, exchangeDeadline, nobodyWaits, true);
    const authorization = this.#remember(await this.#secret(deadline, nobodyWaits));
    const { timeout, tokenUrl } = this.#options;
    const attempt = async () => {
      context.attempts++;
      try {
        const answer = await deadline.run((signal) => this.#send(authorization, signal), timeout);
        return await readToken(answer, this.#secrets);
      } catch (error) {
        if (nobodyWaits.aborted) throw error;
        const { toTokenError } = await failures();
        throw toTokenError(error, maxAnswerBytes, tokenUrl, this.#secrets);
      }
    };
    return withRetries(attempt, {
      maxRetries: this.#options.maxRetries,
      // A token may be requested twice. Callers do a longer wait themselves, each within its own deadline.
      shouldRetry: (error) =>
        isTokenError(error) &&
        error.code === "token_unavailable" &&
        !asksToWait(error) &&
        !isPermanent(error),
      wait: async (error, retry) => {
        const delay = Math.max(timeUntil((error as TokenError).retryAt), backoff(retry));
        if (delay >= deadline.remaining) return false;
        await deadline.sleep(delay);
        return true;
      },
    });
  }

  async #secret(deadline: Deadline, nobodyWaits: AbortSignal): Promise<string> {
    const { clientSecret } = this.#options;
    if (typeof clientSecret === "string") return clientSecret;
    let secret: string;
    try {
      // All calls wait for this one: a vault that hangs must not block them for ever.
      secret = await deadline.run(async () => clientSecret());
    } catch (error) {
      if (nobodyWaits.aborted) throw error;
      const { toHostError } = await failures();
      const name = "function given as clientSecret";
      throw toHostError(name, exchangeDeadline, error, this.#secrets);
    }
    return checkCredential(secret, "clientSecret");
  }

  #send(authorization: string, signal: AbortSignal): Promise<HttpAnswer> {
    const request = {
      method: "POST",
      url: this.#options.tokenUrl,
      headers: {
        accept: "application/json",
        authorization,
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": userAgent(),
      },
      body: "grant_type=client_credentials",
    };
    return this.#http.send(request, signal, maxAnswerBytes);
  }

  #remember(secret: string): string {
    // RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
    const pair = `${encodeURIComponent(this.#options.clientId)}:${encodeURIComponent(secret)}`;
    this.#secrets = [secret, pair, `${this.#options.clientId}:${secret}`];
    return `Basic ${btoa(pair)}`;
  }
}

/** Whether a retry cannot help, as with an untrusted certificate. */
function isPermanent({ cause }: TokenError): boolean {
  // The cause is a copy, which keeps the name.
  return (cause as Error | undefined)?.name === "PermanentFailure";
}

async function readToken(answer: HttpAnswer, secrets: readonly string[]): Promise<StoredToken> {
  const body = parseJson(answer.text);
  const fields: Record<string, unknown> =
    typeof body === "object" && body !== null ? { ...body } : {};
  const token = fields["access_token"];
  const lifetime = toNumber(fields["expires_in"] ?? assumedLifetime);
  const type = fields["token_type"] ?? "bearer";
  const wrong = {
    token: !isHeaderSafe(token),
    lifetime: !(lifetime > 0 && Number.isFinite(lifetime)),
    type: !(typeof type === "string" && /^bearer$/i.test(type)),
  };
  if (answer.response.ok && !fields["error"] && !(wrong.token || wrong.lifetime || wrong.type)) {
    return { token: token as string, expiresAt: Date.now() + lifetime * 1000 };
  }
  const { refusalOf } = await failures();
  throw refusalOf(answer, body, wrong, secrets);
}

/** Some servers write numbers as text; Number() takes lists and true as well. */
function toNumber(value: unknown): number {
  return typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
}
