import type { Dispatcher } from "undici";
import type { HttpAnswer } from "../http-transport.ts";
import { answerLimit, BodyTooLargeError } from "../shared/answer-limit.ts";
import { AnswerHead } from "./answer-head.ts";
import { decompress, isEncoded } from "./decompress.ts";

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** What an exchange is about, and who hears of its end. */
interface ExchangeOptions {
  /** Whether undici may send it again by itself, as it does with what it has pipelined. */
  readonly isRead: boolean;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly resolve: (answer: HttpAnswer | Promise<HttpAnswer>) => void;
  readonly reject: (error: unknown) => void;
  /** Called when the signal was aborted before the request left. */
  readonly onNotSent: (error: Error) => void;
}

/** One request and its answer, as undici tells of it. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  /** Once the request may have been written. */
  #controller: Dispatcher.DispatchController | undefined;
  #head: AnswerHead | undefined;
  #limit = 0;
  #bytes = 0;
  #chunks: Buffer[] = [];

  constructor(options: ExchangeOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#abort());
  }

  /** Called before the first byte is written, and again if undici sends the request again. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#options.signal.aborted) {
      // It waited for a connection, and nobody waits for it any more.
      controller.abort(this.#options.signal.reason);
      return;
    }
    const isSecond = this.#controller !== undefined;
    this.#controller = controller;
    if (isSecond && !this.#options.isRead) {
      controller.abort(new Error("the connection was lost while the request was on it"));
    }
  }

  /** Called for answers of 1xx, too, which the answer that follows replaces. */
  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    const head = new AnswerHead(status, headers);
    this.#head = head;
    this.#limit = answerLimit(head.ok, this.#options.maxBytes);
    if (!isEncoded(head) && Number(head.headers.get("content-length")) > this.#limit) {
      this.#tooLarge(controller, head);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const head = this.#head;
    this.#bytes += chunk.length;
    if (!head) return;
    if (this.#bytes > this.#limit) this.#tooLarge(controller, head);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const response = this.#head;
    if (!response) return;
    const [first] = this.#chunks;
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    if (body === undefined) this.#options.resolve({ response, text: "" });
    else if (isEncoded(response)) this.#options.resolve(this.#decompressed(response, body));
    else this.#options.resolve({ response, text: textOf(body) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const isSent = this.#controller !== undefined && !isRefusedStream(error);
    this.#options.reject(isSent ? error : new RequestNotSentError(error));
  }

  #abort(): void {
    const { signal, reject, onNotSent } = this.#options;
    if (this.#controller) {
      this.#controller.abort(signal.reason);
      return;
    }
    const error = new RequestNotSentError(new Error("there was no connection in time"));
    onNotSent(error);
    reject(error);
  }

  async #decompressed(response: AnswerHead, body: Buffer): Promise<HttpAnswer> {
    const whole = await decompress(body, response, this.#limit);
    if (whole !== undefined) return { response, text: textOf(whole) };
    if (response.ok) throw new BodyTooLargeError(this.#limit, response.status);
    return { response, text: "" };
  }

  #tooLarge(controller: Dispatcher.DispatchController, response: AnswerHead): void {
    const error = new BodyTooLargeError(this.#limit, response.status);
    // Settled first: the abort reports an error, too.
    if (response.ok) this.#options.reject(error);
    else this.#options.resolve({ response, text: "" });
    this.#chunks = [];
    controller.abort(error);
  }
}

/** See `HttpSender`. */
export class RequestNotSentError extends Error {
  constructor(cause: unknown) {
    super("the request was not sent", { cause });
    this.name = "RequestNotSent";
  }
}

/** Whether a server of HTTP/2 says that it has done nothing with a request. */
function isRefusedStream({ code, message }: Error & { code?: unknown }): boolean {
  return code === "ERR_HTTP2_STREAM_ERROR" && message.includes("REFUSED_STREAM");
}

/** As text, without the byte order mark that `fetch` leaves out, too. */
function textOf(body: Buffer): string {
  const text = body.toString();
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
