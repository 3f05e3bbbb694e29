import { type Enode, isApiError, isStoreError } from "../../../src/index.ts";
import { Mirror } from "../../../src/mirror/index.ts";
import type { DeviceStore, EventStore } from "../../../src/storage/index.ts";
import { type IncomingDelivery, WebhookReceiver } from "../../../src/webhooks/index.ts";
import { overriding } from "./simulation-audit.ts";
import type { Event } from "./simulation-steps.ts";

type Break = Extract<Event, { do: "break" }>;

/** One process of the host, which may die. */
export class Host {
  readonly mirror: Mirror;
  /** What went wrong without a reason. */
  readonly errors: unknown[] = [];
  readonly #receiver: WebhookReceiver;
  #break: (Omit<Break, "after"> & { after: number }) | undefined;
  #isDead = false;
  #claimed = 0;
  #hasBroken = false;

  constructor(parts: {
    enode: Enode;
    devices: DeviceStore;
    events: EventStore;
    secret: string;
    /** Gets what the mirror reports and fails nothing. */
    onMirrorError?: (error: unknown) => void;
  }) {
    const { enode, secret } = parts;
    const devices = this.#breakable(parts.devices);
    const events = this.#breakable(
      overriding(parts.events, {
        claim: async (limit, lease, namespace) => {
          const claimed = await parts.events.claim(limit, lease, namespace);
          this.#claimed = claimed.length;
          return claimed;
        },
      }),
    );
    this.mirror = new Mirror({ enode, store: devices, onError: parts.onMirrorError });
    this.#receiver = new WebhookReceiver({
      secret,
      store: events,
      namespace: enode.namespace,
      // Its events wait for as long as the scenario says, and nobody has forgotten start(). The circuit tells what it
      // makes of failures, which are noted themselves.
      onError: (error, { stage }) => {
        if (stage !== "setup" && stage !== "circuit") this.#note(error);
      },
    });
    this.mirror.attach(this.#receiver);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  receive(delivery: IncomingDelivery): Promise<Response> {
    return this.#receiver.handle(delivery);
  }

  /** Has the events handled that are due. */
  async work(): Promise<void> {
    do {
      this.#claimed = 0;
      // Between start and stop the worker asks once, and handles what it gets.
      this.#receiver.start();
      await this.#receiver.stop();
    } while (this.#claimed > 0 && !this.#isDead);
  }

  /** Does something that may end with a failure of the API or a store, if there was one. */
  async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#note(error);
    }
  }

  breakLater(how: Break): void {
    this.#break = { ...how };
  }

  die(): void {
    this.#isDead = true;
  }

  #note(error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    // Calls of the API fail only when that was asked for.
    if ((isStoreError(error) && this.#hasBroken) || isApiError(error) || isApiError(cause)) return;
    if (!this.#isDead) this.errors.push(error);
  }

  #breakable<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...values: unknown[]) => this.#use(async () => method.apply(target, values));
      },
    });
  }

  async #use(work: () => Promise<unknown>): Promise<unknown> {
    if (this.#isDead) throw new Error("the process is dead");
    const fault = this.#break;
    if (fault === undefined || fault.after-- > 0) return work();
    this.#break = undefined;
    this.#hasBroken = true;
    if (fault.isDone) await work();
    if (fault.dies) this.#isDead = true;
    throw new Error("the store has failed");
  }
}
