import { EnodeError, type ErrorCode, isKind } from "./base.ts";

/** The members of an action that waiting reads. */
export interface ActionLike {
  /** ID of the action. */
  id: string;
  /** Its state, such as `PENDING` or `CONFIRMED`. */
  state: string;
  /** Why Enode gave up on it; null unless it did. */
  failureReason: {
    /** The kind of failure, such as `NO_RESPONSE`. */
    type: string;
    /** More about it, for people. */
    detail: string;
  } | null;
}

/** A state of an action and when it was first seen here. */
export interface SeenState {
  /** The state, such as `PENDING`. */
  state: string;
  /** When it was first seen, by this host's clock. */
  at: Date;
}

/** Base of the errors of an action that was not confirmed. */
abstract class ActionError extends EnodeError {
  static override readonly kind: string = "ActionError";

  /** ID of the action. */
  readonly actionId: string;
  /** The action as last seen; undefined when it was never seen. */
  readonly action: ActionLike | undefined;
  /** Why Enode gave up on it, such as `NO_RESPONSE`. */
  readonly failureReason: ActionLike["failureReason"];
  /** Every state seen while waiting, in order. */
  readonly states: readonly SeenState[];

  constructor(
    message: string,
    options: {
      code: ErrorCode;
      actionId: string;
      action: ActionLike | undefined;
      states: readonly SeenState[];
      cause?: unknown;
    },
  ) {
    super(message, options);
    this.actionId = options.actionId;
    this.action = options.action;
    this.failureReason = options.action?.failureReason ?? null;
    this.states = options.states;
  }
}

/** The device did not carry out the action, see `failureReason`. */
export class ActionFailedError extends ActionError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ActionFailedError";
}

/** The action was cancelled, by request, by a newer action or because a precondition did not hold. */
export class ActionCancelledError extends ActionError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ActionCancelledError";
}

/** The action was still pending when the time to wait ran out; wait again with its ID. */
export class ActionTimeoutError extends ActionError {
  /** Name of the class, which guards compare. */
  static override readonly kind: string = "ActionTimeoutError";
}

/** Whether the device did not carry out the action. */
export function isActionFailedError(error: unknown): error is ActionFailedError {
  return isKind(error, ActionFailedError.kind);
}

/** Whether the action was cancelled. */
export function isActionCancelledError(error: unknown): error is ActionCancelledError {
  return isKind(error, ActionCancelledError.kind);
}

/** Whether the action was still pending when the time to wait ran out. */
export function isActionTimeoutError(error: unknown): error is ActionTimeoutError {
  return isKind(error, ActionTimeoutError.kind);
}
