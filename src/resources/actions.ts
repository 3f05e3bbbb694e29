import type { OperationId } from "../../generated/operations.ts";
import type { VendorActionUpdatedEvent } from "../../generated/types.ts";
import { Deadline } from "../core/deadline.ts";
import { checkRequestOptions } from "../core/resolve-options.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { Requester } from "../core/transport.ts";
import { invalidArgument } from "../errors/configuration.ts";
import {
  type ActionLike,
  isApiError,
  isConnectionError,
  isNotFoundError,
  isTimeoutError,
  isTokenError,
} from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import { ActionWatch, printable } from "./action-watch.ts";

/** The part of a `WebhookReceiver` that waiting uses. */
export interface ActionEvents {
  /** Calls the handler with each event of that name, until the function that it returns is called. */
  on(
    event: "user:vendor-action:updated",
    handler: (event: VendorActionUpdatedEvent) => void,
  ): () => void;
}

/** Options for waiting. `timeout`, `maxRetries` and `headers` count for each poll. */
export interface WaitOptions extends RequestOptions {
  /** Time limit for the whole wait, in ms. Default 300,000: most commands take 20 s, some more than 5 minutes. */
  deadline?: number | undefined;
  /**
   * A `WebhookReceiver` of this process: the wait ends with the first event or poll that shows the end of the
   * action. Polling continues, because a delivery may fail, or go to another process.
   */
  receiver?: ActionEvents | undefined;
}

/** Operations that read an action of one kind of device. */
type GetId = Extract<OperationId, `get${string}Action`>;
type CancelId = Extract<OperationId, `cancel${string}Action`>;

const defaultDeadline = 300_000;
const firstInterval = 1_000;
const longestInterval = 15_000;
/** Statuses that do not end the wait; among them 404, as an action may be read too early. */
const passing = new Set([404, 408, 409, 429]);
/** Actions, the commands in progress: each command to a device answers with an action that is `PENDING`. */
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
   * @param actionId - ID of the action.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws NotFoundError when there is none with this ID.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.vehicles.actions.get("an-action-id");
   * ```
   */
  get(actionId: string, options?: RequestOptions): ResponsePromise<Action> {
    return this.#call(this.#get, actionId, options);
  }

  /**
   * Cancels an action. One that has already ended is returned unchanged, so check its `state`.
   *
   * @param actionId - ID of the action.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws NotFoundError when there is none with this ID.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.vehicles.actions.cancel("an-action-id");
   * ```
   */
  cancel(actionId: string, options?: RequestOptions): ResponsePromise<Action> {
    return this.#call(this.#cancel, actionId, options);
  }

  /**
   * Waits until the device has carried out the action. Polls after 1 s and then less and less often, every 15 s in
   * the end. Takes the action or its ID, so that another process can continue to wait. With a `receiver` an event
   * ends it too, at once.
   *
   * @param actionOrId - The action, or its ID.
   * @param options - How long to wait, and a receiver that hears of the end.
   * @returns The action, `CONFIRMED`.
   * @throws ActionFailedError · ActionCancelledError · ActionTimeoutError, each with the action and the
   * states seen; AbortError; ApiError when the action cannot be read (other than 404, 408, 409, 429, 5xx; for a
   * single user, `enode.user()`, also 404 at once, unless the action that is passed names that user);
   * ConfigurationError for an invalid ID or option
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
    const watch = new ActionWatch<Action>(actionOrId);
    const { deadline: budget = defaultDeadline, receiver, signal, ...pollOptions } = options;
    if (receiver !== undefined && typeof receiver?.on !== "function") {
      throw invalidArgument("receiver", "receiver must have the method on.");
    }
    // Fires for the caller and for an event that ends the wait.
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    // Read each time: a scope by the host's own ID has it from the first poll on.
    const unsubscribe = receiver?.on("user:vendor-action:updated", ({ user, vendorAction }) => {
      const { userId } = this.#api;
      if (vendorAction?.id !== watch.actionId || (userId ?? user?.id) !== user?.id) return;
      // It has the ID of this action, and so its kind.
      watch.see(vendorAction as ActionLike as Action);
      if (watch.ended) stop.abort();
    });
    signal?.addEventListener("abort", onAbort);
    const operation = `Waiting for action ${printable(watch.actionId)}`;
    const context = { operation, path: "", attempts: 0 };
    const deadline = new Deadline(context, budget, stop.signal);
    try {
      for (let poll = 0; !watch.ended; poll++) {
        try {
          // In a scope a mere ID may belong to another user, which the first poll checks at once.
          const isUnproven = watch.owner === undefined && this.#api.userId !== undefined;
          if (poll > 0 || !isUnproven) await deadline.sleep(pause(poll, deadline.remaining));
          context.attempts++;
          const call = { ...pollOptions, signal: stop.signal, deadline: deadline.remaining };
          watch.see(await this.get(watch.actionId, call));
        } catch (error) {
          if (watch.ended) break;
          if (deadline.remaining === 0) throw watch.timedOut(budget, error);
          if (!mayPass(error) || this.#isForeign(watch, error)) throw error;
        }
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      unsubscribe?.();
    }
    return watch.confirmed();
  }

  /** Whether a 404 means that the action is not the scope's: an own action may just be read too early. */
  #isForeign(watch: ActionWatch<Action>, error: unknown): boolean {
    const { userId } = this.#api;
    return userId !== undefined && watch.owner !== userId && isNotFoundError(error);
  }

  #call(
    operation: GetId | CancelId,
    actionId: string,
    options?: RequestOptions,
  ): ResponsePromise<Action> {
    // Each resource passes the operations of its own kind of action.
    return this.#api.request(
      operation,
      { path: { actionId } },
      options,
    ) as ResponsePromise<unknown> as ResponsePromise<Action>;
  }
}

/** Time until the next poll; the last one is shortly before the end. */
function pause(poll: number, remaining: number): number {
  const interval = Math.min(longestInterval, firstInterval * 1.5 ** poll);
  // Waits that began together, as after an outage, should not poll in step.
  const jittered = poll === 0 ? interval : interval * (1 - Math.random() / 4);
  return jittered < remaining || remaining < firstInterval / 4 ? jittered : remaining * 0.9;
}

function mayPass(error: unknown): boolean {
  if (isApiError(error)) return error.status >= 500 || passing.has(error.status);
  if (isTokenError(error)) return error.code === "token_unavailable";
  return isConnectionError(error) || isTimeoutError(error);
}
