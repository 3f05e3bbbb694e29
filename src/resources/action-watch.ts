import { fillPath } from "../core/request/path.ts";
import {
  ActionCancelledError,
  ActionFailedError,
  type ActionLike,
  ActionTimeoutError,
  type SeenState,
} from "../errors/index.ts";
import { shorten } from "../shared/shorten.ts";

/** States after which nothing more happens. */
const endings: unknown[] = ["CONFIRMED", "FAILED", "CANCELLED"];

/** What was seen of one action. */
export class ActionWatch<Action extends ActionLike> {
  readonly actionId: string;
  #action: Action | undefined;
  readonly #states: SeenState[] = [];

  constructor(actionOrId: Action | string) {
    this.actionId = typeof actionOrId === "string" ? actionOrId : actionOrId?.id;
    // Throws for an ID that cannot be, which otherwise the first look would find out a second later.
    fillPath("{actionId}", { actionId: this.actionId });
    if (typeof actionOrId !== "string") this.see(actionOrId);
  }

  /** Takes news of the action, from wherever. What comes after its end is late news and says nothing. */
  see(action: Action): void {
    if (this.ended) return;
    this.#action = action;
    if (this.#states.at(-1)?.state === action?.state) return;
    this.#states.push({ state: action?.state, at: new Date() });
  }

  /** The user whose action it is; undefined as long as nothing but its ID is known. */
  get owner(): string | undefined {
    // Each kind of action names it; what is handed in as one may be anything.
    return (Object(this.#action) as { userId?: string }).userId;
  }

  /** False while it is pending or in a state that was not known when this was written. */
  get ended(): boolean {
    return endings.includes(this.#action?.state);
  }

  /** The action, once it has ended well. */
  confirmed(): Action {
    switch (this.#action?.state) {
      case "FAILED":
        throw new ActionFailedError(this.#message("failed"), {
          code: "action_failed",
          ...this.#details(),
        });
      case "CANCELLED":
        throw new ActionCancelledError(this.#message("was cancelled"), {
          code: "action_cancelled",
          ...this.#details(),
        });
      default:
        // Asked for only after the end, so it was seen.
        return this.#action as Action;
    }
  }

  timedOut(budget: number, cause: unknown): ActionTimeoutError {
    const state = this.#action?.state ?? "never seen";
    const message = `Action ${printable(this.actionId)} was not done after ${budget} ms (${state}); wait again with its ID.`;
    return new ActionTimeoutError(message, { code: "action_timeout", cause, ...this.#details() });
  }

  #message(what: string): string {
    const reason = this.#action?.failureReason;
    const why = reason ? `: ${printable(`${reason.type}, ${reason.detail}`)}` : "";
    // Details end with a full stop, or without.
    return `Action ${printable(this.actionId)} ${what}${why.replace(/\.$/, "")}.`;
  }

  #details() {
    return { actionId: this.actionId, action: this.#action, states: this.#states };
  }
}

/**
 * Text that is no longer than a log keeps, without characters that could pretend to be another line, or more than
 * text, in a log or terminal.
 */
export function printable(text: string): string {
  return shorten(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, encodeURIComponent);
}
