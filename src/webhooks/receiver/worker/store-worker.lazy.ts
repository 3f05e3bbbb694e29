import { invalidArgument } from "../../../errors/configuration.ts";
import { inOwnContext } from "../../../runtime/sleep.ts";
import type { EventStore } from "../../../storage/contracts/index.ts";
import type { VerifiedWebhook } from "../../verification/verify.ts";
import { EventDispatcher } from "../dispatch/event-dispatcher.ts";
import type { HandlerRegistry } from "../dispatch/handler-registry.ts";
import { Capacity } from "../shared/capacity.ts";
import type { DrainOptions, DrainResult } from "../shared/drain.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import { laneOf } from "../shared/lanes.ts";
import type { WorkerOptions } from "../shared/worker-options.ts";
import { ConditionVariable } from "./condition-variable.ts";
import { type Batched, EventRunner, type Handed, type Task } from "./event-runner.ts";
import { EventStoreCalls, storeTimeout } from "./event-store-calls.ts";
import { StoreUpkeep } from "./store-upkeep.ts";
import type { Held } from "./stuck-handlers.ts";

/** How often the store is polled for events, on average. */
const pollInterval = 1_000;
/** After how many polls in a row other tasks get their turn. */
const breath = 20;
/** Lease beyond the time of the handlers, for the worker itself: more than two calls of the store. */
const leaseMargin = 10_000;
/** How long to wait, after a jump of the clock, for events whose leases may have ended meanwhile. */
const overdueTimeout = 3_000;
/** Pause of an event whose lane still has handlers at work here, in ms. */
const closedPause = 5_000;

/** Takes events from a store, and calls their handlers. */
export class StoreWorker {
  readonly upkeep: StoreUpkeep;
  readonly #calls: EventStoreCalls;
  readonly #runner: EventRunner;
  readonly #options: WorkerOptions;
  /** Events whose handlers run. */
  readonly #inHand = new Set<Held>();
  /** Calls of the store that add a delivery or fetch events. */
  readonly #calling = new Capacity();
  /** Capacity reserved for events that the store is about to hand out. */
  readonly #promised = new Capacity();
  /** Calls wait for changes of the above, and of the circuit. */
  readonly #changes = new ConditionVariable();
  /** Events that the store has handed out for deliveries. */
  #handed: (() => void)[] = [];
  /** Begins these, in the context of `start`. */
  #beginHanded: () => void = () => undefined;
  /** The loop that takes events, since `start`. */
  #loop: object | undefined;
  #asked = 0;
  /** Whether new events may be due since the last poll. */
  #isStale = false;
  /** Ends what `start` listens with. */
  #stopListening: (() => Promise<unknown>) | undefined;

  constructor(
    store: EventStore,
    handlers: HandlerRegistry,
    reporter: ErrorReporter,
    options: WorkerOptions,
  ) {
    this.#options = options;
    this.upkeep = new StoreUpkeep(store, options, reporter);
    this.#calls = new EventStoreCalls(store, options.namespace);
    const lease = this.#lease;
    const dispatcher = new EventDispatcher(handlers, options.concurrency, true);
    this.#runner = new EventRunner(this.#calls, dispatcher, reporter, { ...options, lease });
  }

  /** Keeps a delivery, and takes the events that the store hands out at once. */
  async take({ digest, deliveryId, payload }: VerifiedWebhook): Promise<"stored" | "duplicate"> {
    const events = payload.map((value, index) => {
      return { index, lane: laneOf(value), payload: JSON.stringify(value) };
    });
    const { namespace } = this.#options;
    const delivery = { namespace, digest, deliveryId, receivedAt: Date.now(), events };
    const takes = this.#loop && !this.#circuit.isOpen && this.#calls.canClaimArrivals;
    const limit = Math.max(0, Math.min(takes ? this.#free : 0, events.length));
    const arrived = this.#calling.hold(storeTimeout + pollInterval);
    const release = this.#promised.hold(storeTimeout + pollInterval, limit);
    try {
      const outcome = await this.#calls.add(delivery, limit, this.#lease);
      if (outcome === "duplicate") return outcome;
      const claimed = outcome === "new" ? [] : outcome;
      const handed = claimed.map((event) => {
        const { index, payload: json } = event;
        // A value that is already known is not parsed again.
        return { claimed: event, value: index in payload ? payload[index] : parse(json) };
      });
      this.#handed.push(...this.#holdAll(handed, this.#options.handlerTimeout));
      if (claimed.length < events.length) this.#isStale = true;
      return "stored";
    } finally {
      arrived();
      release();
      this.#beginHanded();
      // A poll in between has seen less room than there is now.
      this.#changes.notify();
    }
  }

  /** Begins to take events, or polls at once when it already does. */
  start(): void {
    this.#isStale = true;
    this.#changes.notify();
    if (this.#loop) return;
    const loop = {};
    this.#loop = loop;
    // Handlers run in the context of `start`, not in that of their delivery.
    this.#beginHanded = inOwnContext(() => {
      for (const begin of this.#handed.splice(0)) begin();
    });
    this.#beginHanded();
    this.#listen();
    this.upkeep.start();
    this.#run(() => this.#loop === loop);
  }

  /** Takes no more events, and waits for those in progress. */
  async stop(): Promise<void> {
    this.#loop = undefined;
    this.upkeep.stop();
    this.#changes.notify();
    const { storeFailed } = this.#runner;
    // Caught at once, as the events in progress are waited for first.
    const listening = this.#stopListening?.().catch(storeFailed);
    this.#stopListening = undefined;
    await this.#changes.until(() => this.#calling.taken === 0, 2 * storeTimeout);
    await this.#changes.until(() => this.#inHand.size === 0, this.#lease);
    this.#runner.stuck.stop();
    if (!this.#loop) await this.#runner.suspects.settle(false);
    await this.#runner.revive().catch(storeFailed);
    await listening;
  }

  /**
   * Takes events that are due, and waits for their handlers, until none are due or the time is nearly over.
   *
   * @throws StoreError when the store fails to return events.
   */
  async drain({ deadline = 5_000 }: DrainOptions): Promise<DrainResult> {
    if (!Number.isFinite(deadline) || deadline <= 0) {
      throw invalidArgument("deadline", "deadline must be a time in ms.");
    }
    const result: DrainResult = { handled: 0, failed: 0, isDone: false };
    const limit = Math.min(this.#options.handlerTimeout, deadline / 2);
    const endsAt = performance.now() + deadline;
    // A tenth is reserved for reporting the last outcomes to the store.
    const timeLeft = () => endsAt - deadline / 10 - performance.now();
    const isIdle = () => this.#inHand.size + this.#promised.taken === 0;
    const { suspects } = this.#runner;
    this.#isStale = true;
    let mayProbe = this.#circuit.isOpen;
    try {
      while (timeLeft() > limit && (this.#isStale || !isIdle() || suspects.size > 0)) {
        const times = {
          goesOn: () => timeLeft() > limit,
          limit: () => Math.min(limit, timeLeft()),
          // The time left when its events need half of the limit.
          timeout: () => timeLeft() - limit / 2,
        };
        if (!this.#circuit.isOpen) await this.#ask(times, result);
        else if (mayProbe || suspects.size > 0) {
          const pause = mayProbe ? 0 : Math.min(this.#circuit.timeToProbe, timeLeft() - limit);
          await this.#changes.until(() => !this.#circuit.isOpen, pause);
          if (this.#circuit.isOpen && times.goesOn()) await this.#probe(times, result);
          mayProbe = false;
          continue;
        } else if (isIdle()) break;
        await this.#changes.until(() => this.#hasRoomForMore() || isIdle(), timeLeft() - limit);
      }
    } finally {
      await this.#changes.until(isIdle, endsAt - performance.now());
      if (!this.#loop) await suspects.settle(false);
    }
    result.isDone = !this.#isStale && !this.#circuit.isOpen && isIdle();
    return result;
  }

  get #circuit(): EventRunner["circuit"] {
    return this.#runner.circuit;
  }

  get #lease(): number {
    return this.#options.handlerTimeout + leaseMargin;
  }

  get #free(): number {
    return this.#runner.room - this.#inHand.size - this.#promised.taken;
  }

  #hasRoomForMore(): boolean {
    return this.#isStale && this.#free > 0 && !this.#circuit.isOpen;
  }

  #listen(): void {
    const onEvents = () => {
      this.#isStale = true;
      // A call that goes on, which may have added them itself, has it polled when it ends.
      if (this.#calling.taken === 0) this.#changes.notify();
    };
    // When it fails, the store is polled for events anyway.
    this.#stopListening = this.#calls.listen(onEvents, (error) => this.#runner.storeFailed(error));
  }

  /** Polls the store for events. */
  async #run(goesOn: () => boolean): Promise<void> {
    const circuit = this.#circuit;
    const { handlerTimeout } = this.#options;
    const times = { goesOn, limit: () => handlerTimeout, timeout: () => storeTimeout };
    while (goesOn()) {
      if (circuit.isOpen) {
        const isOver = () => !goesOn() || !circuit.isOpen;
        // What came meanwhile was not asked for.
        this.#isStale = true;
        if (await this.#changes.until(isOver, circuit.timeToProbe)) continue;
      }
      try {
        if (circuit.isOpen) await this.#probe(times);
        else await this.#ask(times);
      } catch (error) {
        this.#runner.storeFailed(error);
        circuit.probeIn(pollInterval);
      }
      const isWanted = () => !goesOn() || circuit.isOpen || this.#hasRoomForMore();
      // Up to a quarter sooner or later, so that processes do not all poll at the same time.
      const pause = pollInterval * (1 + (Math.random() - Math.random()) / 4);
      if (await this.#changes.until(isWanted, pause)) continue;
      this.#isStale = true;
    }
  }

  /** Asks the store for events until none are due, or there is no room for more. */
  async #ask(times: Times, result?: DrainResult): Promise<void> {
    const goesOn = () => times.goesOn() && !this.#circuit.isOpen;
    while (goesOn() && this.#isStale) {
      await this.#claim(times, result);
      if (this.#free <= 0) break;
    }
  }

  /** Tries one event while the circuit is open; resolves when its attempt is over, or another event closes that. */
  async #probe(times: Times, result?: DrainResult): Promise<void> {
    const { circuit, suspects } = this.#runner;
    await this.#runner.revive();
    await suspects.renew();
    const ends = await this.#claim(times, result, 1);
    // Nothing is known of what is due: suspects wait for a place to try another event in.
    if (!ends) return circuit.probeIn(pollInterval);
    if (ends.length > 0) {
      let isOver = false;
      Promise.all(ends).then(() => {
        isOver = true;
        this.#changes.notify();
      });
      await this.#changes.until(() => isOver || !circuit.isOpen, Number.POSITIVE_INFINITY);
    } else {
      circuit.foundNothing();
      if (suspects.size > 0) await suspects.foundNothing();
    }
  }

  /**
   * Asks the store for events, and begins to handle them; resolves with when their attempts are over, or with
   * undefined when it could not ask.
   */
  async #claim(
    times: Times,
    result: DrainResult | undefined,
    probes = 0,
  ): Promise<Promise<void>[] | undefined> {
    const asked = this.#calling.hold(2 * storeTimeout);
    try {
      // Events that are completed together free their room together: one poll serves all of them. And a store in
      // this process answers without a turn of the event loop, however long its backlog.
      await (++this.#asked % breath === 0 && new Promise((resolve) => setTimeout(resolve)));
      await this.#settleOverdue(times.timeout());
      const room = probes > 0 ? Math.min(probes, this.#free) : this.#free;
      // A delivery may have taken the room meanwhile; releasing it polls again. And a drain may have no time
      // left. A worker that was stopped meanwhile still polls, so that it has done so once between start and
      // stop.
      if (room <= 0 || (result && !times.goesOn())) return undefined;
      this.#isStale = false;
      const release = this.#promised.hold(storeTimeout + pollInterval, room);
      try {
        const claimed = await this.#calls.claim(room, this.#lease, times.timeout());
        const handed = claimed.map((event) => ({ claimed: event, value: parse(event.payload) }));
        const begins = this.#holdAll(handed, times.limit(), result, probes > 0);
        return begins.map((begin) => begin());
      } finally {
        release();
      }
    } finally {
      asked();
      this.#changes.notify();
    }
  }

  /**
   * Waits for events whose leases may have ended while this process was frozen: the store would hand them out
   * again, although their handlers are done, and count an attempt each time.
   */
  async #settleOverdue(limit: number): Promise<void> {
    const isOverdue = (held: Held) => held.settledBy < Date.now() && this.#inHand.has(held);
    const overdue = [...this.#inHand].filter(isOverdue);
    if (overdue.length === 0) return;
    const time = Math.min(limit, overdueTimeout);
    await this.#changes.until(() => !overdue.some(isOverdue), time);
    // These will never be settled: the request that they ran in has ended.
    for (const held of overdue.filter(isOverdue)) this.#inHand.delete(held);
  }

  /** Reserves places for events; returns the functions that begin to handle them, alone or in batches. */
  #holdAll(
    events: readonly Handed[],
    limit: number,
    result?: DrainResult,
    isProbe = false,
  ): (() => Promise<void>)[] {
    // A probe is one event, and the circuit decides what becomes of it.
    const { batches, singles } = this.#runner.sort(isProbe ? [] : events);
    return [
      ...(isProbe ? events : singles).map((each) => this.#hold(each, limit, result, isProbe)),
      ...batches.map((batch) => this.#holdBatch(batch, limit, result)),
    ];
  }

  #holdBatch(
    batch: readonly Batched[],
    limit: number,
    result: DrainResult | undefined,
  ): () => Promise<void> {
    const settledBy = Date.now() + limit + leaseMargin / 2;
    const tasks = batch.map((each) => {
      const held = { settledBy };
      this.#inHand.add(held);
      return { ...each, limit, held, isProbe: false, onEnd: () => undefined, result };
    });
    return () =>
      this.#runner.runBatch(tasks, limit, (settled, isKept) => {
        for (const { held } of settled) this.#inHand.delete(held);
        if (isKept) this.#isStale = true;
        this.#changes.notify();
      });
  }

  /** Reserves a place for the event; returns the function that begins to handle it, and tells when the attempt is over. */
  #hold(
    { claimed, value }: Handed,
    limit: number,
    result: DrainResult | undefined,
    isProbe: boolean,
  ): () => Promise<void> {
    const held = { settledBy: Date.now() + limit + leaseMargin / 2 };
    this.#inHand.add(held);
    const { storeFailed } = this.#runner;
    return () =>
      new Promise((onEnd) => {
        const task = { claimed, value, limit, held, isProbe, onEnd, result };
        this.#handle(task)
          .catch(storeFailed)
          .then((isSettled) => {
            this.#inHand.delete(held);
            // The next event of the same device may now be due. After a failure of the store it waits for the next
            // poll, as a broken store would be called without a pause.
            if (isSettled) this.#isStale = true;
            onEnd();
            this.#changes.notify();
          });
      });
  }

  async #handle(task: Task): Promise<boolean> {
    const { claimed, value } = task;
    if (!this.#runner.stuck.isClosed(claimed, value)) return this.#runner.run(task);
    await this.#runner.giveBack(claimed, closedPause);
    // Another event is due only when others are.
    return false;
  }
}

/** How long claims and their events may take. */
interface Times {
  readonly goesOn: () => boolean;
  /** Time limit for the handlers of an event, in ms. */
  readonly limit: () => number;
  /** Time limit for a claim, in ms. */
  readonly timeout: () => number;
}

/** Undefined for text that is not JSON, which is no event either. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
