import type { Deadline } from "../core/deadline.ts";
import { failures } from "../core/failures.ts";
import { timeUntil } from "../core/retry-after.ts";
import type { Telemetry } from "../core/telemetry.ts";
import type { TokenSource } from "../core/token-source.ts";
import { type EnodeError, isEnodeError, isTokenError, TokenError } from "../errors/index.ts";
import type { TokenRefreshEvent } from "../hooks.ts";
import { isWorkers } from "../runtime/workers.ts";
import type { StoredToken, TokenStore } from "../storage/contracts/index.ts";
import { FailureBackoff } from "./failure-backoff.ts";
import {
  asksToWait,
  isStoredToken,
  type TokenErrorCode,
  type TokenIssuer,
} from "./token-issuer.ts";
import { TokenRequest } from "./token-request.ts";

/** A token within this time of its end is not used: it might expire in flight. */
const margin = 60_000;
/** A token within this time of its end is replaced in the background, while it is still used. */
const refreshAhead = 120_000;
/** However long the token endpoint asks to wait, a new request is sent after this time. */
const longestWait = 300_000;

/** Caches one token for all calls of a client and replaces it in time, with one request at a time. */
export class TokenManager implements TokenSource {
  readonly #issuer: TokenIssuer;
  readonly #store: TokenStore | undefined;
  readonly #key: string;
  readonly #maxRetries: number;
  readonly #telemetry: Telemetry;
  #cached: CachedToken | undefined;
  /** The last exchange, which all callers share while it is in flight. */
  #request: TokenRequest | undefined;
  /** The last token that Enode refused: a store may still hold it. */
  #refused: string | undefined;
  /** Pause after a second refusal in a row, thus of a fresh token: no new one is requested. */
  readonly #refusalPause = new FailureBackoff(1);
  /** Pause after an exchange that failed: no exchange in the background. */
  readonly #failurePause = new FailureBackoff(0);
  /** The error of calls in that pause, unless they wait for its end because the server asked for it. */
  #failure: TokenError | undefined;

  constructor(
    issuer: TokenIssuer,
    options: {
      store: TokenStore | undefined;
      key: string;
      maxRetries: number;
      telemetry: Telemetry;
    },
  ) {
    this.#issuer = issuer;
    this.#store = options.store;
    this.#key = options.key;
    this.#maxRetries = options.maxRetries;
    this.#telemetry = options.telemetry;
  }

  get secrets(): readonly string[] {
    const tokens = [this.#cached?.token, this.#refused].filter((token) => token !== undefined);
    return [...this.#issuer.secrets, ...tokens];
  }

  current(): string | undefined {
    const cached = this.#cached;
    if (cached === undefined) return undefined;
    const now = Date.now();
    if (now >= cached.staleAt) return undefined;
    // In the pause Enode may accept it after all: then calls succeed at once.
    if (cached.isRefused) return this.#refusalPause.remaining > 0 ? cached.token : undefined;
    if (now >= cached.refreshAt) this.#refreshInBackground();
    return cached.token;
  }

  async obtain(deadline: Deadline): Promise<string> {
    for (let retries = 0; ; ) {
      await this.#waitForPause(deadline);
      // Another call may have got one in the meantime.
      const token = this.current();
      if (token !== undefined) return token;
      const exchange = this.#request?.isUnderWay ? this.#request : this.#start(false);
      const outcome = await deadline.run(
        (signal) => exchange.wait(signal),
        undefined,
        "an access token",
      );
      if (outcome?.token !== undefined) return outcome.token;
      // It ended silently, or ran in the background: this call begins its own.
      if (outcome === undefined || exchange.isBackground) continue;
      const { error } = outcome;
      if (!asksToWait(error) || ++retries > this.#maxRetries) throw error;
    }
  }

  accept(token: string): void {
    const cached = this.#cached;
    if (cached?.token !== token) return;
    // A late answer to a request that was sent before the refusal proves nothing.
    if (cached.isRefused && this.#refusalPause.remaining === 0) return;
    cached.isRefused = false;
    this.#refusalPause.end();
  }

  invalidate(token: string): boolean {
    this.#refused = token;
    const cached = this.#cached;
    // A 401 can arrive long after its token was replaced: then there is nothing to do.
    if (cached?.token !== token) return true;
    if (!cached.isRefused) this.#refusalPause.extend();
    cached.isRefused = true;
    return this.#refusalPause.remaining === 0;
  }

  async #waitForPause(deadline: Deadline): Promise<void> {
    const pause = this.#failurePause;
    while (this.#failure && pause.remaining > 0) {
      const failure = this.#failure as TokenError & { code: TokenErrorCode };
      if (failure.code !== "token_unavailable" || pause.remaining >= deadline.remaining) {
        // A new error: its stack, and what a host adds to it, belong to one call.
        throw new TokenError(failure.message, failure);
      }
      await deadline.sleep(pause.remaining);
    }
  }

  #refreshInBackground(): void {
    const isPaused = this.#failurePause.remaining > 0;
    // On Workers it would be cut off with the answer, again and again: there a token is replaced on demand.
    if (!this.#request?.isUnderWay && !isPaused && !isWorkers()) this.#start(true);
  }

  #start(background: boolean): TokenRequest {
    const exchange: TokenRequest = new TokenRequest(
      (signal) => this.#renew(signal, background, () => this.#request !== exchange),
      background,
    );
    this.#request = exchange;
    return exchange;
  }

  /** @param isLate Whether it counted as dead, and another exchange was begun. */
  async #renew(signal: AbortSignal, background: boolean, isLate: () => boolean): Promise<string> {
    const startedAt = performance.now();
    let source: TokenRefreshEvent["source"] = this.#issuer.source;
    const report = (expiresAt?: number, error?: EnodeError) =>
      this.#telemetry.tokenRefresh({
        source,
        background,
        durationMs: Math.round(performance.now() - startedAt),
        expiresAt,
        error,
      });
    try {
      let own: StoredToken | undefined;
      const obtain = async () => {
        own = await this.#issuer.obtain(signal);
        if (!isLate()) this.#adopt(own, own.expiresAt - Date.now());
        return own;
      };
      const token = await (this.#store ? this.#share(this.#store, obtain, signal) : obtain());
      if (token !== own) {
        source = "store";
        const left = token.expiresAt - Date.now();
        if (!isLate()) this.#adopt(token, left > margin ? Number.POSITIVE_INFINITY : left);
      }
      report(token.expiresAt);
      return token.token;
    } catch (error) {
      const failure = isEnodeError(error)
        ? error
        : new TokenError("No access token could be obtained.", {
            code: "token_unavailable",
            cause: (await failures()).redactCause(error, this.secrets),
          });
      if (!isLate()) this.#remember(failure, background);
      report(undefined, failure);
      throw failure;
    }
  }

  /** An answer of the endpoint applies to all calls: a refusal for some seconds, and the time to wait. */
  #remember(failure: EnodeError, background: boolean): void {
    const isToWait = asksToWait(failure);
    const isRefusal = isTokenError(failure) && failure.code !== "token_unavailable";
    this.#failure = isToWait || isRefusal ? (failure as TokenError) : undefined;
    if (isToWait) this.#failurePause.hold(Math.min(timeUntil(failure.retryAt), longestWait));
    else if (isRefusal || background) this.#failurePause.extend();
  }

  /** Whether a stored token is valid for long enough, was not refused, and is not the one to replace. */
  #isUsable({ token, expiresAt }: StoredToken, time = margin): boolean {
    return (
      token !== this.#refused && token !== this.#cached?.token && expiresAt - Date.now() > time
    );
  }

  /** Margins are shorter for a short-lived token: otherwise each call would request a new one. */
  #adopt({ token, expiresAt }: StoredToken, lifetime: number): void {
    this.#failurePause.end();
    this.#cached = {
      token,
      staleAt: expiresAt - Math.min(margin, lifetime / 2),
      refreshAt: expiresAt - Math.min(refreshAhead, (lifetime * 3) / 4),
      isRefused: false,
    };
  }

  async #share(
    store: TokenStore,
    obtain: () => Promise<StoredToken>,
    signal: AbortSignal,
  ): Promise<StoredToken> {
    // Loaded when first needed: most clients do not share their token.
    const { shareToken } = await import("./shared-token.lazy.ts");
    return shareToken({
      store,
      key: this.#key,
      signal,
      obtain,
      isStoredToken,
      isUsable: (stored, time) => this.#isUsable(stored, time),
      report: (method, what, effect, error) => this.#reportStore(method, what, effect, error),
    });
  }

  async #reportStore(method: string, what: string, effect: string, cause: unknown): Promise<void> {
    const { storeFailure } = await failures();
    const call = { store: "tokenStore", method, after: `; ${effect}`, secrets: this.secrets };
    this.#telemetry.error({
      operation: undefined,
      path: undefined,
      attempt: 0,
      durationMs: 0,
      error: storeFailure(call, what, cause),
    });
  }
}

interface CachedToken {
  token: string;
  /** When its use ends, in ms since the epoch. */
  staleAt: number;
  /** When it is replaced in the background, in ms since the epoch. */
  refreshAt: number;
  isRefused: boolean;
}
