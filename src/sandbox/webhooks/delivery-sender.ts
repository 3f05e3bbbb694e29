import type { WebhookTestResponse } from "../../../generated/types.ts";
import { signatureOf } from "./signature.ts";

/** How deliveries are sent. */
export type Deliver = (request: Request) => Promise<Response>;

/** Where a delivery goes, and how it proves where it comes from. */
export interface Endpoint {
  readonly url: string;
  readonly secret: string;
  readonly authentication: { readonly headerName: string; readonly headerValue: string } | null;
}

/** What is delivered: the same bytes and ID however often it is tried. */
export interface Delivery {
  readonly id: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Whether an endpoint that answers with this takes the delivery. */
export function isTaken(status: number | string): boolean {
  return typeof status === "number" && status >= 200 && status < 300;
}

/** Packs events, each as JSON text. */
export function deliveryOf(id: string, events: readonly string[]): Delivery {
  return { id, body: new TextEncoder().encode(`[${events.join(",")}]`) };
}

// What an endpoint has to answer in, by the wall clock: it is a real program that answers.
const TIMEOUT = 5_000;

/** Makes single attempts to deliver. Whatever goes wrong is an answer, never an error. */
export class DeliverySender {
  readonly #deliver: Deliver;
  readonly #underway = new Set<AbortController>();

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  /** Delivers; returns the status of the endpoint's answer, or in words why there was none. */
  send(destination: Endpoint, delivery: Delivery): Promise<number | string> {
    return this.#attempt(destination, delivery, async (response) => {
      // Nobody reads the body, which need not even end.
      response.body?.cancel().catch(() => {});
      return response.status;
    });
  }

  /** Delivers; returns what the endpoint answered, or in words why it did not. */
  test(destination: Endpoint, delivery: Delivery): Promise<WebhookTestResponse | string> {
    return this.#attempt(destination, delivery, async (response) => ({
      code: response.status,
      body: await response.text(),
      headers: Array.from(response.headers, ([name, value]) => `${name}: ${value}`),
    }));
  }

  /** Ends all attempts that are under way. */
  stop(): void {
    for (const controller of this.#underway) controller.abort(new Error("was not waited for"));
  }

  async #attempt<T>(
    destination: Endpoint,
    delivery: Delivery,
    read: (response: Response) => Promise<T>,
  ): Promise<T | string> {
    const controller = new AbortController();
    this.#underway.add(controller);
    const timer = setTimeout(() => {
      controller.abort(new Error("did not answer within 5 seconds"));
    }, TIMEOUT);
    const { signal } = controller;
    try {
      const request = await toRequest(destination, delivery, signal);
      const answer = async () => read(await this.#deliver(request));
      return await orAborted(signal, answer());
    } catch (error) {
      return signal.aborted
        ? messageOf(signal.reason)
        : `could not be reached: ${messageOf(error)}`;
    } finally {
      clearTimeout(timer);
      this.#underway.delete(controller);
    }
  }
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

/** The outcome of some work, unless the signal aborts first: work may pay no heed to its signal. */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject);
  });
}

function messageOf(error: unknown): string {
  if (!isErrorLike(error)) return String(error);
  // fetch says "fetch failed" and keeps the reason in the cause.
  const reason = isErrorLike(error.cause) ? error.cause.message : "";
  return reason === "" ? error.message : `${error.message} (${reason})`;
}

/** Asked by shape: under test runners errors come from another realm. */
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
