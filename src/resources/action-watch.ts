import { fillPath } from "../core/request/path.ts";
import {
  ActionCancelledError,
  ActionFailedError,
  type ActionLike,
  ActionTimeoutError,
  type SeenState,
} from "../errors/index.ts";
import { shorten } from "../shared/shorten.ts";

/** Final states. */
const endings: unknown[] = ["CONFIRMED", "FAILED", "CANCELLED"];

/** The observed states of one action. */
export class ActionWatch<Action extends ActionLike> {
  readonly actionId: string;
  #action: Action | undefined;
  readonly #states: SeenState[] = [];

  constructor(actionOrId: Action | string) {
    this.actionId = typeof actionOrId === "string" ? actionOrId : actionOrId?.id;
    // Throws for an invalid ID, which otherwise the first poll would refuse a second later.
    fillPath("{actionId}", { actionId: this.actionId });
    if (typeof actionOrId !== "string") this.see(actionOrId);
  }

  /** Takes an update of the action. Updates after its end are late and ignored. */
  see(action: Action): void {
    if (this.ended) return;
    this.#action = action;
    if (this.#states.at(-1)?.state === action?.state) return;
    this.#states.push({ state: action?.state, at: new Date() });
  }

  /** ID of the user whose action it is; undefined until the action was read. */
  get owner(): string | undefined {
    // Each kind of action has it; what is passed as one may be anything.
    return (Object(this.#action) as { userId?: string }).userId;
  }

  /** False while it is pending or in an unknown state. */
  get ended(): boolean {
    return endings.includes(this.#action?.state);
  }

  /** The confirmed action; throws for any other state. */
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
        // Called only after the end, so there is an action.
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
    // Details may end with a full stop.
    return `Action ${printable(this.actionId)} ${what}${why.replace(/\.$/, "")}.`;
  }

  #details() {
    return { actionId: this.actionId, action: this.#action, states: this.#states };
  }
}

/**
 * Text shortened for a log, without characters that could forge a line or control a terminal.
 */
export function printable(text: string): string {
  return shorten(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, encodeURIComponent);
}
