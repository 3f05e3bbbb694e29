import type { OperationId } from "../../generated/operations.ts";
import { checkRequestOptions } from "../core/configure.ts";
import { Deadline } from "../core/deadline.ts";
import { fillPath } from "../core/path.ts";
import type { ResponsePromise } from "../core/result.ts";
import type { Requester } from "../core/transport.ts";
import {
  ActionCancelledError,
  ActionFailedError,
  type ActionLike,
  ActionTimeoutError,
  isApiError,
  isConnectionError,
  isTimeoutError,
  isTokenError,
  type SeenState,
} from "../errors.ts";
import type { RequestOptions } from "../options.ts";

/** Options for waiting. `timeout`, `maxRetries` and `headers` count for each poll. */
export interface WaitOptions extends RequestOptions {
  /** Time for the whole wait, in ms. Default 300,000: most commands take 20 s, some more than 5 minutes. */
  deadline?: number;
}

/** The operations about actions of one kind of device. */
type GetId = Extract<OperationId, `get${string}Action`>;
type CancelId = Extract<OperationId, `cancel${string}Action`>;

const defaultDeadline = 300_000;
const firstInterval = 1_000;
const longestInterval = 15_000;
/** Statuses that say nothing about the action itself; also 404, as an action may be read too early. */
const passing = new Set([404, 408, 409, 429]);

/** Commands to devices on their way: each device call answers with an action that is `PENDING`. */
export class Actions<Action extends ActionLike> {
  readonly #api: Requester;
  readonly #get: GetId;
  readonly #cancel: CancelId;

  /** @internal */
  constructor(api: Requester, get: GetId, cancel: CancelId) {
    this.#api = api;
    this.#get = get;
    this.#cancel = cancel;
  }

  /**
   * Reads an action.
   *
   * @throws NotFoundError when there is none with this ID.
   */
  get(actionId: string, options?: RequestOptions): ResponsePromise<Action> {
    return this.#call(this.#get, actionId, options);
  }

  /**
   * Cancels an action. One that has already ended is given back as it ended, so look at its `state`.
   *
   * @throws NotFoundError when there is none with this ID.
   */
  cancel(actionId: string, options?: RequestOptions): ResponsePromise<Action> {
    return this.#call(this.#cancel, actionId, options);
  }

  /**
   * Waits until the device has done what it was told, looking after 1 s and then less and less often,
   * every 15 s in the end. Takes the action or its ID, so that another process can go on waiting.
   *
   * @returns The action, `CONFIRMED`.
   * @throws ActionFailedError · ActionCancelledError · ActionTimeoutError, each with the action and the
   * states seen; AbortError; ApiError when the action cannot be read (other than 404, 408, 409, 429, 5xx);
   * ConfigurationError for an ID or option that cannot be
   *
   * @example
   * ```ts
   * import { type Enode, isActionFailedError } from "enode-sdk";
   *
   * export async function charge(enode: Enode, vehicleId: string): Promise<void> {
   *   const action = await enode.vehicles.startCharging(vehicleId);
   *   try {
   *     await enode.vehicles.actions.wait(action, { deadline: 120_000 });
   *   } catch (error) {
   *     if (isActionFailedError(error)) console.warn(error.failureReason?.type);
   *     throw error;
   *   }
   * }
   * ```
   */
  async wait(actionOrId: Action | string, options: WaitOptions = {}): Promise<Action> {
    checkRequestOptions(options);
    const watch = new Watch<Action>(actionOrId);
    const { deadline: budget = defaultDeadline, ...pollOptions } = options;
    const context = { operation: `Waiting for action ${watch.actionId}`, path: "", attempts: 0 };
    const deadline = new Deadline(context, budget, options.signal);
    for (let poll = 0; !watch.isConfirmed(); poll++) {
      try {
        await deadline.sleep(pause(poll, deadline.remaining));
        context.attempts++;
        const call = { ...pollOptions, deadline: deadline.remaining };
        watch.see(await this.get(watch.actionId, call));
      } catch (error) {
        if (deadline.remaining === 0) throw watch.timedOut(budget, error);
        if (!mayPass(error)) throw error;
      }
    }
    return watch.confirmed();
  }

  #call(
    operation: GetId | CancelId,
    actionId: string,
    options?: RequestOptions,
  ): ResponsePromise<Action> {
    // Each resource names the operations of its own kind of action.
    return this.#api.request(
      operation,
      { path: { actionId } },
      options,
    ) as ResponsePromise<unknown> as ResponsePromise<Action>;
  }
}

/** What was seen of one action. */
class Watch<Action extends ActionLike> {
  readonly actionId: string;
  #action: Action | undefined;
  readonly #states: SeenState[] = [];

  constructor(actionOrId: Action | string) {
    this.actionId = typeof actionOrId === "string" ? actionOrId : actionOrId?.id;
    // Throws for an ID that cannot be, which otherwise the first look would find out a second later.
    fillPath("{actionId}", { actionId: this.actionId });
    if (typeof actionOrId !== "string") this.see(actionOrId);
  }

  see(action: Action): void {
    this.#action = action;
    if (this.#states.at(-1)?.state === action?.state) return;
    this.#states.push({ state: action?.state, at: new Date() });
  }

  /** False while it is pending or in a state that was not known when this was written. */
  isConfirmed(): boolean {
    switch (this.#action?.state) {
      case "CONFIRMED":
        return true;
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
        return false;
    }
  }

  confirmed(): Action {
    if (this.#action) return this.#action;
    throw new TypeError("only an action that was seen can be confirmed");
  }

  timedOut(budget: number, cause: unknown): ActionTimeoutError {
    const state = this.#action?.state ?? "never seen";
    const message = `Action ${this.actionId} was not done after ${budget} ms (${state}); wait again with its ID.`;
    return new ActionTimeoutError(message, { code: "action_timeout", cause, ...this.#details() });
  }

  #message(what: string): string {
    const reason = this.#action?.failureReason;
    return `Action ${this.actionId} ${what}${reason ? `: ${reason.type}, ${reason.detail}` : ""}.`;
  }

  #details() {
    return { actionId: this.actionId, action: this.#action, states: this.#states };
  }
}

/** Time until the next look; shortly before the end there is a last one. */
function pause(poll: number, remaining: number): number {
  const interval = Math.min(longestInterval, firstInterval * 1.5 ** poll);
  // Waits that began together, after an outage say, should not stay in step.
  const jittered = poll === 0 ? interval : interval * (1 - Math.random() / 4);
  return jittered < remaining || remaining < firstInterval / 4 ? jittered : remaining * 0.9;
}

function mayPass(error: unknown): boolean {
  if (isApiError(error)) return error.status >= 500 || passing.has(error.status);
  if (isTokenError(error)) return error.code === "token_unavailable";
  return isConnectionError(error) || isTimeoutError(error);
}
