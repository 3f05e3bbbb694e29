import type { ErrorCode } from "../../../src/errors/index.ts";

/** What there is to know of one code. */
export interface CodeNote {
  /** The class of errors that has it. */
  readonly error: string;
  readonly when: string;
  readonly todo: string;
  /** Whether the client, or Enode with a delivery, tries again by itself. */
  readonly retried: string;
}

const no = "no";
const byEnode = "by Enode, which sends the delivery again";
const reads = "reads, PUT and DELETE: yes; commands: no";

function webhook(when: string, todo: string, retried: string = byEnode): CodeNote {
  return { error: "WebhookVerificationError", when, todo, retried };
}

/** A note for each code: the compiler names one that is missing. */
export const codeNotes: Readonly<Record<ErrorCode, CodeNote>> = {
  bad_request: {
    error: "BadRequestError",
    when: "Enode answered 400: a value is invalid, or a precondition of a command does not hold (no cable, already charging).",
    todo: "Read `problem.detail`. Read the device first, and send only commands that change something.",
    retried: no,
  },
  authentication_failed: {
    error: "AuthenticationError",
    when: "Enode answered 401 twice, also to a fresh token.",
    todo: "Check that credentials and environment belong together.",
    retried: "once, with a new token",
  },
  permission_denied: {
    error: "PermissionError",
    when: "Enode answered 403; for link sessions: the connection limit of the client is reached.",
    todo: "Remove users that are gone, or ask Enode for a higher limit.",
    retried: no,
  },
  not_found: {
    error: "NotFoundError",
    when: "Enode answered 404; with `enode.user(id)` also when the thing belongs to somebody else.",
    todo: "Show it as gone. A device that is removed from its vendor account and added again has a new ID.",
    retried: no,
  },
  conflict: {
    error: "ConflictError",
    when: "Enode answered 409.",
    todo: "Read the current state, and decide anew.",
    retried: no,
  },
  unprocessable: {
    error: "UnprocessableError",
    when: "Enode answered 422: for instance a schedule or smart charging controls the device.",
    todo: "Disable the schedule, or start a smart override.",
    retried: no,
  },
  rate_limited: {
    error: "RateLimitError",
    when: "Enode answered 429 until the deadline was over.",
    todo: "Try again at `retryAt`. Limit the client with `maxRequestsPerSecond`.",
    retried: "yes, until the deadline",
  },
  server_error: {
    error: "ServerError",
    when: "Enode, or a vendor behind it, answered with 5xx.",
    todo: "Try again later, at `retryAt` if there is one. After a command read the device first.",
    retried: reads,
  },
  unexpected_status: {
    error: "ApiError",
    when: "Enode, or a proxy before it, answered with a status that has no class of its own.",
    todo: "Look at `status` and `problem`.",
    retried: "408: as 5xx; otherwise no",
  },
  connection_failed: {
    error: "ConnectionError",
    when: "No answer came: refused, reset, name not resolved, TLS failed.",
    todo: "With `beforeSend` true nothing has happened: try again. Otherwise read the state first.",
    retried: "before anything was sent: yes; after that as 5xx",
  },
  attempt_timeout: {
    error: "TimeoutError",
    when: "One request took longer than `timeout`.",
    todo: "Raise `timeout`, or look at the network.",
    retried: reads,
  },
  deadline_exceeded: {
    error: "TimeoutError",
    when: "The whole call, with its retries and pauses, took longer than `deadline`.",
    todo: "Raise `deadline`, or tell the user to wait.",
    retried: no,
  },
  aborted: {
    error: "AbortError",
    when: "Your `signal` ended the call; its reason is the `cause`.",
    todo: "Nothing: you wanted it.",
    retried: no,
  },
  token_refused: {
    error: "TokenError",
    when: "The token endpoint refused the credentials.",
    todo: "Check ID, secret and environment. Enode keeps one active secret: a new one ends the old one.",
    retried: no,
  },
  token_unavailable: {
    error: "TokenError",
    when: "The token endpoint, or your `tokenProvider`, failed.",
    todo: "Try again at `retryAt`, or later.",
    retried: "yes",
  },
  invalid_token_response: {
    error: "TokenError",
    when: "The answer with the token was invalid: often that of a proxy.",
    todo: "Check `tokenUrl`, and what stands between.",
    retried: no,
  },
  invalid_option: {
    error: "ConfigurationError",
    when: "An option of a client, receiver or storage is invalid; `parameter` names it.",
    todo: "Correct it. Nothing was sent.",
    retried: no,
  },
  invalid_argument: {
    error: "ConfigurationError",
    when: "An argument of a call is invalid, for instance an ID that is undefined.",
    todo: "Correct it. Nothing was sent.",
    retried: no,
  },
  unsupported_runtime: {
    error: "ConfigurationError",
    when: "It runs in a browser, or a runtime lacks what it needs.",
    todo: "Use it on a server: the credentials open the data of all users.",
    retried: no,
  },
  unexpected_content_type: {
    error: "ResponseValidationError",
    when: "A success was no JSON: mostly the page of a proxy.",
    todo: "Look at what stands between. It is unknown whether a command took effect.",
    retried: no,
  },
  invalid_json: {
    error: "ResponseValidationError · WebhookVerificationError",
    when: "An answer, or the body of a delivery, cannot be parsed.",
    todo: "As above; for a delivery see [webhooks](/guides/webhooks.md#what-goes-wrong).",
    retried: no,
  },
  schema_mismatch: {
    error: "ResponseValidationError · WebhookVerificationError",
    when: "With `validate`: an answer or event differs from the description; `issues` lists where.",
    todo: 'Use `validate: "report"` and `onDrift` in production.',
    retried: no,
  },
  response_too_large: {
    error: "ResponseValidationError",
    when: "An answer is larger than `maxResponseBytes`.",
    todo: "Ask for smaller pages, or raise the option.",
    retried: no,
  },
  pagination_loop: {
    error: "PaginationLoopError",
    when: "A page named a cursor that was already followed.",
    todo: "Report it to Enode; begin again.",
    retried: no,
  },
  action_failed: {
    error: "ActionFailedError",
    when: "The device did not carry out the command; `failureReason` says why.",
    todo: "Tell the user; try again when the reason is gone.",
    retried: "by Enode, until it gave up",
  },
  action_cancelled: {
    error: "ActionCancelledError",
    when: "The command was cancelled: by you, by a newer one, or as a precondition did not hold.",
    todo: "Look at `failureReason`; mostly nothing.",
    retried: no,
  },
  action_timeout: {
    error: "ActionTimeoutError",
    when: "The command was still pending when `deadline` was over.",
    todo: "Wait again with its `actionId`, or listen to `user:vendor-action:updated`.",
    retried: "Enode goes on trying",
  },
  store_failed: {
    error: "StoreError",
    when: "A store failed; `store` and `method` name it.",
    todo: "See `cause`; mostly the database, or a `migrate()` that was forgotten.",
    retried: "a token store: the call goes on without it; a receiver answers 503",
  },
  handler_timeout: {
    error: "EnodeError",
    when: "A handler of events took longer than `handlerTimeout`.",
    todo: "Let it stop at `context.signal`, or do the long work elsewhere.",
    retried: "yes, the event",
  },
  handler_stuck: {
    error: "EnodeError",
    when: "A handler did not stop for ten times `handlerTimeout`.",
    todo: "Find what it waits for: the events of its device wait too.",
    retried: "yes, the event",
  },
  circuit_open: {
    error: "EnodeError",
    when: "Different events failed one after the other: what the handlers need is down.",
    todo: "Nothing for the events: they go on with the first success. See [when things go wrong](/guides/outages.md).",
    retried: "yes, one event at a time",
  },
  retry_later: {
    error: "RetryLaterError",
    when: "Your handler threw it: the event is to be handled later.",
    todo: "Nothing.",
    retried: "yes, after `after` ms",
  },
  discarded: {
    error: "DiscardError",
    when: "Your handler threw it: the event can never be handled.",
    todo: "Look at the [dead letters](/guides/outages.md#dead-letters) now and then.",
    retried: no,
  },
  missing_secret: webhook("No secret was given.", "Set `ENODE_WEBHOOK_SECRET`, and pass it.", no),
  secret_whitespace: webhook("The secret has white space at its ends.", "Trim it."),
  secret_timeout: webhook(
    "The function given as `secret` did not answer within 4 s.",
    "Keep the answer of the vault for a while.",
  ),
  missing_signature: webhook(
    "No signature: not from Enode, or a proxy drops `x-enode-signature`.",
    "Let the header through.",
  ),
  malformed_signature: webhook("The signature is not one of Enode's.", "It is not from Enode.", no),
  unsupported_algorithm: webhook(
    "The signature names another algorithm.",
    "It is not from Enode.",
    no,
  ),
  signature_mismatch: webhook(
    "The body was not signed with your secret.",
    "Compare the secret; let no parser or proxy change the body.",
  ),
  body_already_parsed: webhook(
    "A JSON parser has read the body before.",
    "Mount the handler before `express.json()`: see [your framework](/guides/webhooks.md#in-your-framework).",
  ),
  body_is_stream: webhook(
    "`receiver.handle` got a request of Node.",
    "Use `nodeHandler(receiver)`.",
  ),
  body_unreadable: webhook("The sender broke off.", "Nothing."),
  body_too_large: webhook(
    "The body is larger than `maxBodyBytes`.",
    "Raise it if the sender is Enode.",
  ),
  body_timeout: webhook("The body took longer than 5 s.", "Nothing."),
  too_busy: webhook(
    "Too many deliveries, or too large ones, are in progress.",
    "Use a store: then they are acknowledged at once.",
  ),
  empty_body: webhook(
    "The body is empty, perhaps as something has read it.",
    "As for `body_already_parsed`.",
  ),
  not_an_array: webhook("The body is no array.", "It is not from Enode."),
  too_many_events: webhook(
    "The delivery holds more events than Enode sends.",
    "It is not from Enode.",
  ),
  stale_delivery: webhook(
    "Older than `maxAge`: a replay, or a long queue.",
    "Raise `maxAge` after an outage.",
  ),
  invalid_event: webhook("A value of the delivery is no event.", "Look at it in `onError`.", no),
  answer_lost: webhook(
    "It was handled, but the answer did not get through.",
    "Give the receiver a store, or the middleware more time.",
  ),
};
