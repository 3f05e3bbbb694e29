import type { WebhookTestResponse } from "../../../generated/types.ts";
import {
  BodyRecorder,
  beginningOf,
  messageOf,
  readInto,
  wholeMessage,
} from "../shared/body-recorder.ts";
import type { RecordedExchange, RecordedMessage } from "../shared/recordings.ts";
import { headersWithoutSecrets, placeholders } from "../shared/redaction.ts";
import { signatureOf } from "./signature.ts";

/** How deliveries are sent. */
export type Deliver = (request: Request) => Promise<Response>;

/** The address of deliveries, and how they are authenticated. */
export interface Endpoint {
  readonly url: string;
  readonly secret: string;
  readonly authentication: { readonly headerName: string; readonly headerValue: string } | null;
}

/** A delivery: all attempts have the same bytes and ID. */
export interface Delivery {
  readonly id: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Whether an answer of an endpoint means that it accepted the delivery. */
export function isTaken(status: number | string | null): boolean {
  return typeof status === "number" && status >= 200 && status < 300;
}

/** Packs events, each as JSON text. */
export function deliveryOf(id: string, events: readonly string[]): Delivery {
  return { id, body: new TextEncoder().encode(`[${events.join(",")}]`) };
}

// By the wall clock: the endpoint is a real program.
const TIMEOUT = 5_000;

/** The outcome of one attempt. */
export interface Sent<T> {
  /** What was read of the endpoint's answer, or a text that says why there was none. */
  readonly answer: T | string;
  /** What went over the wire, if it is recorded. */
  readonly exchange: RecordedExchange | undefined;
}

/** What a reader makes of an answer. */
interface Read<T> {
  readonly answer: T;
  /** What is recorded of the answer; undefined when nothing is. */
  readonly recorded: RecordedMessage | undefined;
}

/** Makes single attempts to deliver. A failure is returned, never thrown. */
export class DeliverySender {
  readonly #deliver: Deliver;
  readonly #isRecording: boolean;
  readonly #underway = new Set<AbortController>();

  constructor(deliver: Deliver, isRecording: boolean) {
    this.#deliver = deliver;
    this.#isRecording = isRecording;
  }

  /** Delivers; returns the status of the endpoint's answer as soon as its headers are there. */
  send(destination: Endpoint, delivery: Delivery): Promise<Sent<number>> {
    return this.#attempt(destination, delivery, async ({ status, headers, body }) => {
      if (this.#isRecording) return { answer: status, recorded: this.#follow(headers, body) };
      // Nobody reads the body, which need not even end.
      body?.cancel().catch(() => {});
      return { answer: status, recorded: undefined };
    });
  }

  /** Delivers; returns the endpoint's answer, of a body without end its beginning. */
  test(destination: Endpoint, delivery: Delivery): Promise<Sent<WebhookTestResponse>> {
    return this.#attempt(destination, delivery, async (response) => {
      const bytes = await beginningOf(response.body);
      const headers = Array.from(response.headers, ([name, value]) => `${name}: ${value}`);
      return {
        answer: { code: response.status, body: new TextDecoder().decode(bytes), headers },
        recorded: this.#isRecording
          ? wholeMessage(headersWithoutSecrets(response.headers), bytes)
          : undefined,
      };
    });
  }

  /** Ends all attempts in flight. */
  stop(): void {
    for (const controller of this.#underway) controller.abort(new Error("was not waited for"));
  }

  async #attempt<T>(
    destination: Endpoint,
    delivery: Delivery,
    read: (response: Response) => Promise<Read<T>>,
  ): Promise<Sent<T>> {
    const controller = new AbortController();
    this.#underway.add(controller);
    const timer = setTimeout(() => {
      controller.abort(new Error("did not answer within 5 seconds"));
    }, TIMEOUT);
    const { signal } = controller;
    let sent: RecordedMessage | undefined;
    const exchangeWith = (response: RecordedMessage | null) =>
      sent && { method: "POST", url: destination.url, request: sent, response };
    try {
      const request = await toRequest(destination, delivery, signal);
      if (this.#isRecording) sent = recordedRequest(destination, request, delivery);
      const work = async () => {
        const { answer, recorded = null } = await read(await this.#deliver(request));
        return { answer, exchange: exchangeWith(recorded) };
      };
      return await orAborted(signal, work());
    } catch (error) {
      const answer = signal.aborted
        ? reasonOf(signal.reason)
        : `could not be reached: ${reasonOf(error)}`;
      return { answer, exchange: exchangeWith(null) };
    } finally {
      clearTimeout(timer);
      this.#underway.delete(controller);
    }
  }

  /** Records the body of an answer in the background: the answer counts, whether its body ends or not. */
  #follow(headers: Headers, body: ReadableStream<Uint8Array> | null): RecordedMessage {
    const recorder = new BodyRecorder();
    const controller = new AbortController();
    this.#underway.add(controller);
    const timer = setTimeout(() => controller.abort(), TIMEOUT);
    // A body that drips must not keep a program from ending. Browsers have plain numbers for timers.
    timer.unref?.();
    void readInto(recorder, body, controller.signal).finally(() => {
      clearTimeout(timer);
      this.#underway.delete(controller);
    });
    return messageOf(headersWithoutSecrets(headers), recorder);
  }
}

function recordedRequest(
  { authentication }: Endpoint,
  { headers }: Request,
  { body }: Delivery,
): RecordedMessage {
  const shown = new Headers(headers);
  if (authentication !== null) shown.set(authentication.headerName, placeholders.webhookHeader);
  return wholeMessage(headersWithoutSecrets(shown), body);
}

async function toRequest(
  { url, secret, authentication }: Endpoint,
  { id, body }: Delivery,
  signal: AbortSignal,
): Promise<Request> {
  const headers = new Headers();
  if (authentication !== null) headers.set(authentication.headerName, authentication.headerValue);
  headers.set("content-type", "application/json");
  headers.set("user-agent", "enode-sandbox");
  headers.set("x-enode-delivery", id);
  headers.set("x-enode-signature", await signatureOf(body, secret));
  return new Request(url, { method: "POST", headers, body, redirect: "manual", signal });
}

/** Waits for work, or until the signal aborts: the work may ignore the signal. */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject);
  });
}

function reasonOf(error: unknown): string {
  if (!isErrorLike(error)) return String(error);
  // fetch says "fetch failed" and keeps the reason in the cause.
  const reason = isErrorLike(error.cause) ? error.cause.message : "";
  return reason === "" ? error.message : `${error.message} (${reason})`;
}

/** Checked by shape: under test runners errors come from another realm. */
function isErrorLike(
  value: unknown,
): value is { readonly message: string; readonly cause?: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    "message" in value &&
    typeof value.message === "string"
  );
}
