import type { WebhookTestResponse } from "../../../generated/types.ts";
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
export function isTaken(status: number | string): boolean {
  return typeof status === "number" && status >= 200 && status < 300;
}

/** Packs events, each as JSON text. */
export function deliveryOf(id: string, events: readonly string[]): Delivery {
  return { id, body: new TextEncoder().encode(`[${events.join(",")}]`) };
}

// By the wall clock: the endpoint is a real program.
const TIMEOUT = 5_000;

/** Makes single attempts to deliver. A failure is returned, never thrown. */
export class DeliverySender {
  readonly #deliver: Deliver;
  readonly #underway = new Set<AbortController>();

  constructor(deliver: Deliver) {
    this.#deliver = deliver;
  }

  /** Delivers; returns the status of the endpoint's answer, or a text that says why there was none. */
  send(destination: Endpoint, delivery: Delivery): Promise<number | string> {
    return this.#attempt(destination, delivery, async (response) => {
      // Nobody reads the body, which need not even end.
      response.body?.cancel().catch(() => {});
      return response.status;
    });
  }

  /** Delivers; returns the endpoint's answer, or a text that says why there was none. */
  test(destination: Endpoint, delivery: Delivery): Promise<WebhookTestResponse | string> {
    return this.#attempt(destination, delivery, async (response) => ({
      code: response.status,
      body: await response.text(),
      headers: Array.from(response.headers, ([name, value]) => `${name}: ${value}`),
    }));
  }

  /** Ends all attempts in flight. */
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

/** Waits for work, or until the signal aborts: the work may ignore the signal. */
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
