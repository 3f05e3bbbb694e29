import type { Dispatcher } from "undici";
import type { HttpAnswer } from "../http-transport.ts";
import { answerLimit, BodyTooLargeError } from "../shared/answer-limit.ts";
import { AnswerHead } from "./answer-head.ts";
import { decompress, isEncoded } from "./decompress.ts";

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** One request and its answer, as undici tells of it. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #resolve: (answer: HttpAnswer | Promise<HttpAnswer>) => void;
  readonly #reject: (error: unknown) => void;
  #hasStarted = false;
  #head: AnswerHead | undefined;
  #limit = 0;
  #bytes = 0;
  #chunks: Buffer[] = [];

  constructor(
    signal: AbortSignal,
    maxBytes: number,
    resolve: (answer: HttpAnswer | Promise<HttpAnswer>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Called before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const signal = this.#signal;
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) {
      // It waited for a connection, and nobody waits for it any more.
      abort();
      return;
    }
    this.#hasStarted = true;
    signal.addEventListener("abort", abort);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    // The answer comes after those of 1xx.
    if (status < 200) return;
    const head = new AnswerHead(status, headers);
    this.#head = head;
    this.#limit = answerLimit(head.ok, this.#maxBytes);
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
    if (body === undefined) this.#resolve({ response, text: "" });
    else if (isEncoded(response)) this.#resolve(this.#decompressed(response, body));
    else this.#resolve({ response, text: textOf(body) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(this.#hasStarted ? error : new RequestNotSentError(error));
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
    if (response.ok) this.#reject(error);
    else this.#resolve({ response, text: "" });
    this.#chunks = [];
    controller.abort(error);
  }
}

/** See `HttpSender`. */
class RequestNotSentError extends Error {
  constructor(cause: unknown) {
    super("the request was not sent", { cause });
    this.name = "RequestNotSent";
  }
}

/** As text, without the byte order mark that `fetch` leaves out, too. */
function textOf(body: Buffer): string {
  const text = body.toString();
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
