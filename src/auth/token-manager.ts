import { outlineCause, redactCause } from "../core/redaction.ts";
import type { Telemetry } from "../core/telemetry.ts";
import type { TokenSource } from "../core/token-source.ts";
import { type EnodeError, isEnodeError, StoreError, TokenError } from "../errors.ts";
import type { TokenRefreshEvent } from "../hooks.ts";
import type { StoredToken, TokenStore } from "../storage/contracts.ts";
import { isStoredToken } from "./client-credentials.ts";

/** A token within this time of its end is not used: it might end on the way. */
const margin = 60_000;
/** A token within this time of its end is replaced in the background, while it still serves. */
const refreshAhead = 120_000;
/** After a failed background refresh the next one waits, doubling from the first to the second. */
const firstPause = 1_000;
const longestPause = 30_000;

/** Where the manager gets new tokens. */
export interface TokenOrigin {
  readonly source: "endpoint" | "provider";
  obtain(): Promise<StoredToken>;
  /** Texts that must never appear in an error. */
  readonly secrets: readonly string[];
}

/** Caches one token for all calls of a client and replaces it in time, with one request at a time. */
export class TokenManager implements TokenSource {
  readonly #origin: TokenOrigin;
  readonly #store: TokenStore | undefined;
  readonly #key: string;
  readonly #telemetry: Telemetry;
  #cached: CachedToken | undefined;
  /** The refresh under way, which all who need a token share. */
  #refresh: Promise<string> | undefined;
  /** The last token that Enode refused: a store may still hold it. */
  #refused: string | undefined;
  #failedInBackground = 0;
  #nextBackgroundAt = 0;

  constructor(
    origin: TokenOrigin,
    options: { store: TokenStore | undefined; key: string; telemetry: Telemetry },
  ) {
    this.#origin = origin;
    this.#store = options.store;
    this.#key = options.key;
    this.#telemetry = options.telemetry;
  }

  get secrets(): readonly string[] {
    const tokens = [this.#cached?.token, this.#refused].filter((token) => token !== undefined);
    return [...this.#origin.secrets, ...tokens];
  }

  current(): string | undefined {
    const cached = this.#cached;
    if (cached === undefined) return undefined;
    const now = Date.now();
    if (now >= cached.staleAt) return undefined;
    if (now >= cached.refreshAt) this.#refreshInBackground(now);
    return cached.token;
  }

  obtain(): Promise<string> {
    this.#refresh ??= this.#start(false);
    return this.#refresh;
  }

  invalidate(token: string): void {
    // A 401 can arrive long after its token was replaced: then there is nothing to do.
    if (this.#cached?.token === token) this.#cached = undefined;
    this.#refused = token;
  }

  #refreshInBackground(now: number): void {
    if (this.#refresh !== undefined || now < this.#nextBackgroundAt) return;
    this.#refresh = this.#start(true);
    this.#refresh.catch(() => {
      const pause = Math.min(firstPause * 2 ** this.#failedInBackground++, longestPause);
      this.#nextBackgroundAt = Date.now() + pause;
    });
  }

  #start(background: boolean): Promise<string> {
    return this.#obtain(background).finally(() => {
      this.#refresh = undefined;
    });
  }

  async #obtain(background: boolean): Promise<string> {
    const startedAt = performance.now();
    let source: TokenRefreshEvent["source"] = this.#origin.source;
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
        own = await this.#origin.obtain();
        this.#adopt(own, own.expiresAt - Date.now());
        return own;
      };
      const token = await (this.#store ? this.#share(this.#store, obtain) : obtain());
      if (token !== own) {
        source = "store";
        const left = token.expiresAt - Date.now();
        this.#adopt(token, left > margin ? Number.POSITIVE_INFINITY : left);
      }
      report(token.expiresAt);
      return token.token;
    } catch (error) {
      const failure = isEnodeError(error)
        ? error
        : new TokenError("No access token could be obtained.", {
            code: "token_unavailable",
            cause: redactCause(error, this.secrets),
          });
      report(undefined, failure);
      throw failure;
    }
  }

  /** A stored token is taken if it brings time: it was neither refused nor is it the one to replace. */
  #isUsable({ token, expiresAt }: StoredToken, time = margin): boolean {
    return (
      token !== this.#refused && token !== this.#cached?.token && expiresAt - Date.now() > time
    );
  }

  /** Of a short-lived token the margins would leave nothing, and each call would ask for a new one. */
  #adopt({ token, expiresAt }: StoredToken, lifetime: number): void {
    this.#failedInBackground = 0;
    this.#cached = {
      token,
      staleAt: expiresAt - Math.min(margin, lifetime / 2),
      refreshAt: expiresAt - Math.min(refreshAhead, (lifetime * 3) / 4),
    };
  }

  async #share(store: TokenStore, obtain: () => Promise<StoredToken>): Promise<StoredToken> {
    // Loaded when first needed: most clients keep their token for themselves.
    const { shareToken } = await import("./shared-token.ts");
    return shareToken({
      store,
      key: this.#key,
      obtain,
      isStoredToken,
      isUsable: (stored, time) => this.#isUsable(stored, time),
      report: (method, what, error) => this.#reportStore(method, what, error),
    });
  }

  #reportStore(method: string, what: string, error: unknown): void {
    this.#telemetry.error({
      operation: undefined,
      path: undefined,
      attempt: 0,
      durationMs: 0,
      error: new StoreError(
        `tokenStore.${method} ${what}; this client goes on with an access token of its own.`,
        {
          store: "tokenStore",
          method,
          cause: error === undefined ? undefined : outlineCause(error, this.secrets),
        },
      ),
    });
  }
}

interface CachedToken {
  token: string;
  /** From when on it is not used, in ms since the epoch. */
  staleAt: number;
  /** From when on it is replaced in the background. */
  refreshAt: number;
}
