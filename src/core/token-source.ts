/** Where the transport gets access tokens from. */
export interface TokenSource {
  /** A token that still serves, without waiting; undefined when one must be obtained. */
  current(): string | undefined;
  /** Obtains a token. However many callers ask at once, they share one request. */
  obtain(): Promise<string>;
  /** Never use this very token again; another one that was obtained since stays. */
  invalidate(token: string): void;
  /** Texts that must never appear in an error. */
  readonly secrets: readonly string[];
}
