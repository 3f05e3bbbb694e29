/** One request, ready to be sent. */
export interface HttpRequest {
  /** HTTP method, in upper case. */
  readonly method: string;
  /** The whole address, with its query. */
  readonly url: string;
  /** Names in lower case, so that none occurs twice. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; left out when there is none. */
  readonly body?: string | undefined;
}

/** Status and headers of an answer: a `Response`, or an object that can make one. */
export interface HttpAnswerHead {
  /** Whether the status is one of 200 to 299. */
  readonly ok: boolean;
  /** HTTP status. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: {
    /** The value of a header by its name in lower case, null without one. */
    get(name: string): string | null;
  };
  /** Makes a `Response` of it, without a body; left out by a `Response` itself. */
  toResponse?(): Response;
}

/** An answer with its whole body. */
export interface HttpAnswer {
  /** Status and headers. */
  readonly response: HttpAnswerHead;
  /** The body, decompressed; empty for an error status whose body is longer than 1 MiB. */
  readonly text: string;
}

/** Sends single requests. Time limits, retries, tokens and errors are the client's. */
export interface HttpSender {
  /**
   * Sends a request, and reads its whole answer. A redirect is not followed: it is the answer.
   *
   * Rejects when no complete answer arrives. An error with the name `RequestNotSent` says that not a byte of the
   * request has left; its cause is the reason. One with the name `BodyTooLarge` says that the answer has more than
   * `maxBytes` bytes, once decompressed.
   *
   * @param signal Aborts the request. The client does not wait for it then.
   */
  send(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer>;
  /**
   * The error of a request that was aborted before a byte of it had left. Undefined, and left out by senders that never
   * know, when it may have left.
   */
  notSent?(request: HttpRequest): Error | undefined;
  /** Closes its connections when the requests under way are over. */
  close(): Promise<void>;
}

/**
 * Sends the requests of clients, in place of the global `fetch`: `undiciTransport()` of `enode-sdk/undici` makes one.
 */
export interface HttpTransport {
  /** Makes the sender of one client, which closes it. */
  open(): HttpSender;
}
