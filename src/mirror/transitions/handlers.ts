import { invalidArgument } from "../../errors/configuration.ts";
import { isDiscardError } from "../../errors/index.ts";
import type { SyncKind } from "../model/kinds.ts";
import type { Found, Watch } from "./facts.ts";
import type { Transition, TransitionName } from "./transition.ts";
import { type Wish, wishOf } from "./watches.ts";

/** The key of what no watch finds: actions that have failed. */
export const actionKey = "action";

/** Most transitions of which it is remembered which of their handlers have succeeded. */
const mostRemembered = 10_000;

interface Handler {
  readonly name: TransitionName | "*";
  readonly call: (transition: Transition) => unknown;
  readonly wish: Wish;
}

/** The handlers of transitions. */
export class TransitionHandlers {
  readonly #handlers = new Set<Handler>();
  /** Of transitions of which not all is done: the handlers that have succeeded. */
  readonly #done = new Map<string, Set<Handler>>();
  #watches: readonly Watch[] = [];

  get isEmpty(): boolean {
    return this.#handlers.size === 0;
  }

  get wantActions(): boolean {
    return [...this.#handlers].some(({ wish }) => wish.actions);
  }

  /** Whether somebody wants what a backfill or reconciliation finds. */
  get wantMissed(): boolean {
    return [...this.#handlers].some(({ wish }) => wish.catchUp);
  }

  /** @throws ConfigurationError */
  add(
    name: TransitionName | "*",
    call: (transition: Transition) => unknown,
    options: object | undefined,
  ): () => void {
    const wish = wishOf(name, options);
    if (typeof call !== "function") {
      throw invalidArgument("handler", "handler must be a function.");
    }
    const handler = { name, call, wish };
    this.#handlers.add(handler);
    this.#collectWatches();
    return () => {
      this.#handlers.delete(handler);
      this.#collectWatches();
    };
  }

  /** What is to be watched in devices of a kind, or in users. */
  watchesOf(kind: string): readonly Watch[] {
    return this.#watches.filter(({ detector }) => detector.kinds.includes(kind as SyncKind));
  }

  /** Whether there is a handler for it. */
  isWanted(found: Found): boolean {
    return this.#handlersOf(found).length > 0;
  }

  /** Calls the handlers that have not succeeded yet. Throws what the first one that fails has thrown. */
  async call(found: Found, transition: Transition): Promise<void> {
    const done = this.#done.get(found.id + found.key) ?? new Set();
    let failure: { readonly error: unknown } | undefined;
    for (const handler of this.#handlersOf(found)) {
      if (done.has(handler)) continue;
      try {
        // Taken out first: the host's function must not get this object as `this`.
        const { call } = handler;
        await call(transition);
        done.add(handler);
      } catch (error) {
        failure ??= { error };
        // It would fail again.
        if (isDiscardError(error)) done.add(handler);
      }
    }
    this.#done.set(found.id + found.key, done);
    if (this.#done.size > mostRemembered) {
      for (const [oldest] of this.#done) {
        this.#done.delete(oldest);
        break;
      }
    }
    if (failure) throw failure.error;
  }

  /** To be called when it is kept that a transition was told. */
  forget(found: Found): void {
    this.#done.delete(found.id + found.key);
  }

  #handlersOf({ key, name, isMissed }: Found): Handler[] {
    return [...this.#handlers].filter(
      ({ name: wanted, wish }) =>
        (wanted === name || wanted === "*") &&
        (wish.catchUp || !isMissed) &&
        (key === actionKey || wish.watches.some((watch) => watch.key === key)),
    );
  }

  #collectWatches(): void {
    const all = [...this.#handlers].flatMap(({ wish }) => wish.watches);
    this.#watches = [...new Map(all.map((watch) => [watch.key, watch])).values()];
  }
}
