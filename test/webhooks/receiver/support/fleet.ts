import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import {
  type ReceiverSettings,
  type WebhookErrorContext,
  WebhookReceiver,
} from "../../../../src/webhooks/index.ts";
import { pass } from "../../../support/clock.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "./deliveries.ts";

export const minute = 60_000;
export const hour = 3_600_000;
/** The text of an event that no handler can handle. */
export const poison = "poison";

/** What a process reports. */
export interface Report {
  readonly error: unknown;
  readonly context: WebhookErrorContext;
}

/** A process that handles events with a database that may be away. */
export interface Worker {
  readonly receiver: WebhookReceiver;
  readonly reports: Report[];
  isAway: boolean;
  /** How many handlers were called. */
  calls: number;
}

/** Devices whose events come into one store, and what has been handled of them, by whichever process. */
export class Fleet {
  readonly store: EventStore;
  readonly devices: readonly string[];
  readonly delivered: Map<string, string[]> = new Map();
  readonly handled: Map<string, string[]> = new Map();
  #count = 0;

  constructor(store: EventStore, size: number) {
    this.store = store;
    this.devices = Array.from({ length: size }, (_, n) => `device ${n}`);
  }

  /** Starts a process. */
  start(settings: ReceiverSettings = {}): Worker {
    const reports: Report[] = [];
    const onError = (error: unknown, context: WebhookErrorContext) => {
      reports.push({ error, context });
    };
    const { store } = this;
    const receiver = new WebhookReceiver({ secret: SECRET, store, onError, ...settings });
    const worker: Worker = { receiver, reports, isAway: false, calls: 0 };
    receiver.on("*", () => {
      worker.calls++;
      if (worker.isAway) throw new Error("the database is away");
    });
    receiver.on("*", (event) => {
      const text = textOf(event);
      if (text.startsWith(poison)) throw new TypeError("it cannot be handled");
      const device = text.slice(0, text.lastIndexOf(" "));
      this.handled.set(device, [...(this.handled.get(device) ?? []), text]);
    });
    receiver.start();
    return worker;
  }

  /** Delivers an event of each device. */
  async report({ receiver }: Worker): Promise<void> {
    const events = this.devices.map((device) => {
      const text = `${device} ${this.#count}`;
      this.delivered.set(device, [...(this.delivered.get(device) ?? []), text]);
      return vehicleEvent(device, text);
    });
    this.#count++;
    await deliver(receiver, events);
  }

  /** Delivers an event that cannot be handled. */
  async poison({ receiver }: Worker, device = "device 0"): Promise<void> {
    await deliver(receiver, [vehicleEvent(device, `${poison} ${this.#count++}`)]);
  }

  /** Lets so much time pass, in which each device reports so often. */
  async live(worker: Worker, milliseconds: number, interval: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += interval) {
      await this.report(worker);
      await pass(interval);
    }
  }
}

/** The reports of one stage. */
export function ofStage(worker: Worker, stage: WebhookErrorContext["stage"]): Report[] {
  return worker.reports.filter(({ context }) => context.stage === stage);
}
