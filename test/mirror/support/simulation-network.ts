import { type IncomingDelivery, signWebhook } from "../../../src/webhooks/index.ts";
import type { History } from "./simulation-audit.ts";
import type { Fate } from "./simulation-steps.ts";

/** What carries deliveries from Enode to the host, and not always. */
export class Network {
  /** Nothing gets through. */
  isDown = false;
  readonly #secret: string;
  #fates: Fate[];
  #late: IncomingDelivery[] = [];
  /** What comes in one delivery with what is sent next. */
  #held: readonly AnyEvent[] = [];
  readonly #history: History;
  readonly #receive: (delivery: IncomingDelivery) => Promise<Response>;

  constructor(
    secret: string,
    fates: readonly Fate[],
    history: History,
    receive: (delivery: IncomingDelivery) => Promise<Response>,
  ) {
    this.#secret = secret;
    this.#fates = [...fates];
    this.#history = history;
    this.#receive = receive;
  }

  async deliver(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    let delivery: IncomingDelivery = { body, headers: request.headers };
    let events = this.#read(body);
    if (this.isDown) return refused();
    if (this.#held.length > 0) {
      events = backwards([...this.#held, ...events]);
      this.#held = [];
      delivery = await this.#pack(...events);
    }
    switch (this.#fates.shift() ?? "arrives") {
      case "arrives":
        return this.#receive(delivery);
      case "is lost":
        return refused();
      case "is swallowed":
        return taken();
      case "arrives twice":
        await this.#receive(delivery);
        return this.#receive(delivery);
      case "goes unanswered":
        await this.#receive(delivery);
        return refused();
      case "is late":
        this.#late.push(delivery);
        return refused();
      case "is overtaken":
        this.#late.push(delivery);
        return taken();
      case "falls apart": {
        const [first, ...others] = await Promise.all(events.map((event) => this.#pack(event)));
        if (first !== undefined) this.#late.push(first);
        for (const other of others) await this.#receive(other);
        return taken();
      }
      case "is told backwards":
        this.#held = events;
        return taken();
    }
  }

  /** One of those that are late arrives, if there is one. */
  async arrive(nth: number): Promise<void> {
    const [delivery] = this.#late.splice(nth % Math.max(1, this.#late.length), 1);
    if (delivery !== undefined) await this.#receive(delivery);
  }

  /** All of those that are late arrive. */
  async arriveAll(): Promise<void> {
    if (this.#held.length > 0) this.#late.push(await this.#pack(...this.#held));
    this.#held = [];
    while (this.#late.length > 0) await this.arrive(0);
  }

  /** From now on everything arrives. */
  calm(): void {
    this.isDown = false;
    this.#fates = [];
  }

  async #pack(...events: readonly object[]): Promise<IncomingDelivery> {
    const body = JSON.stringify(events);
    return { body, headers: {}, signature: await signWebhook(body, this.#secret) };
  }

  /** What Enode sends was true when it says. */
  #read(body: Uint8Array): readonly AnyEvent[] {
    // The simulation's own sandbox has made it.
    const events = JSON.parse(new TextDecoder().decode(body)) as AnyEvent[];
    for (const { event, createdAt, vendorAction, ...rest } of events) {
      const at = Date.parse(String(createdAt));
      const device = deviceIn(rest);
      // The event of a discovery holds less than the next one, though at the same time.
      const isFirst = /:discovered$/.test(String(event)) && rest["charger"] === undefined;
      if (device !== undefined && !/:deleted$/.test(String(event))) {
        this.#history.note(`devices/${device["id"]}`, isFirst ? at - 0.5 : at, device);
      }
      if (vendorAction !== undefined) {
        this.#history.note(`actions/${Object(vendorAction).id}`, at, vendorAction);
      }
    }
    return events;
  }
}

type AnyEvent = Readonly<Record<string, unknown>>;

/** Most updates of one device that are told backwards: there are 10 ms or more until the next change. */
const mostBackwards = 8;

/**
 * The same with the last updates of each device in the opposite order, all made after the newest reading: what is
 * made later tells of an older reading.
 */
function backwards(events: readonly AnyEvent[]): readonly AnyEvent[] {
  const told = [...events];
  for (const id of new Set(events.map((event) => deviceIn(event)?.["id"]))) {
    const about = [...events.keys()].filter((at) => deviceIn(events[at] ?? {})?.["id"] === id);
    const places = about
      .filter((at) => /:updated$/.test(String(events[at]?.["event"])))
      .slice(-mostBackwards);
    const times = places.map((at) => readingIn(events[at] ?? {}));
    const isRising = times.every((time, n) => n === 0 || time > (times[n - 1] ?? Number.NaN));
    const isDeleted = about.some((at) => /:deleted$/.test(String(events[at]?.["event"])));
    if (id === undefined || places.length < 2 || !isRising || isDeleted) continue;
    const last = Date.parse(String(events[places.at(-1) ?? 0]?.["createdAt"]));
    for (const [n, at] of places.entries()) {
      const createdAt = new Date(last + n).toISOString();
      told[at] = { ...events[places[places.length - 1 - n] ?? 0], createdAt };
    }
  }
  return told;
}

function deviceIn(event: AnyEvent): AnyEvent | undefined {
  return kinds.map((kind) => event[kind] as AnyEvent | undefined).find(Boolean);
}

function readingIn(event: AnyEvent): number {
  return Date.parse(String(deviceIn(event)?.["lastSeen"]));
}

const kinds = ["vehicle", "charger", "hvac", "inverter", "battery", "meter", "hemSystem"];

function taken(): Response {
  return new Response(null, { status: 200 });
}

function refused(): Response {
  return new Response(null, { status: 503 });
}
