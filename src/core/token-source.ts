import type { Deadline } from "./deadline.ts";

/** Where the transport gets access tokens from. */
export interface TokenSource {
  /** The token to send, without waiting; undefined when a new one must be obtained. */
  current(): string | undefined;
  /**
   * Obtains a token within a call's deadline. All concurrent callers share one request, which ends with its last
   * caller.
   *
   * @throws TokenError, at once while the token endpoint has asked to wait for longer than the deadline, or
   *   shortly after it refused the client · TimeoutError · AbortError
   */
  obtain(deadline: Deadline): Promise<string>;
  /** Enode accepted this token. */
  accept(token: string): void;
  /**
   * Enode refused this token. Returns false when there is no other one to try for some seconds, because Enode
   * refused a fresh one too.
   */
  invalidate(token: string): boolean;
  /** Texts that must never appear in an error. */
  readonly secrets: readonly string[];
}
