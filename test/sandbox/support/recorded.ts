import { type Built, buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import type { SandboxLog, SandboxOptions } from "../../../src/sandbox/index.ts";
import type { RecordedExchange, Recordings } from "../../../src/sandbox/shared/recordings.ts";
import type {
  WebhookRecord,
  WebhookState,
} from "../../../src/sandbox/webhooks/webhook-registry.ts";
import { type Answer, fetchToken, send } from "./harness.ts";
import { HOOK_URL, SECRET } from "./receiver.ts";

/** A delivery as it arrived. */
interface Arrival {
  readonly headers: Headers;
  readonly body: string;
}

/** A sandbox with its recordings, whose deliveries are taken in this process. */
export interface RecordedHarness extends Built {
  readonly arrivals: Arrival[];
  /** How deliveries are answered. */
  answer: () => Response | Promise<Response>;
  /** Calls the API with a good token. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Subscribes; returns the webhook. */
  subscribe(change?: object): Promise<WebhookRecord>;
  /** What the queue of the first webhook is doing. */
  state(): WebhookState;
  /** The recording of the latest request. */
  latest(): RecordedExchange;
  /** The recording of the latest delivery. */
  latestDelivery(): RecordedExchange;
}

/** Builds a sandbox as the server does, with its recordings and a receiver of deliveries in this process. */
export function createRecordedHarness(
  options: SandboxOptions = {},
  isRecording = true,
): RecordedHarness {
  const arrivals: Arrival[] = [];
  const built = buildSandbox(
    {
      seed: 7,
      clock: "manual",
      heartbeatInterval: Number.POSITIVE_INFINITY,
      async deliver(request) {
        arrivals.push({ headers: request.headers, body: await request.text() });
        return harness.answer();
      },
      ...options,
    },
    { linkUrl: "https://link.sandbox.invalid", isRecording },
  );
  const { sandbox, webhooks } = built;
  const harness: RecordedHarness = {
    ...built,
    arrivals,
    answer: () => new Response(null, { status: 204 }),
    async call(method, path, body) {
      return send(
        (request) => sandbox.fetch(request),
        method,
        path,
        await fetchToken(sandbox),
        body,
      );
    },
    async subscribe(change = {}) {
      const { body } = await harness.call("POST", "/webhooks", {
        url: HOOK_URL,
        secret: SECRET,
        ...change,
      });
      const webhook = webhooks.get(body.id);
      if (webhook === undefined) throw new Error(body.detail);
      return webhook;
    },
    state() {
      const [state] = webhooks.states();
      if (state === undefined) throw new Error("There is no webhook");
      return state;
    },
    latest() {
      return latestOf(sandbox.requests, built.requestRecordings);
    },
    latestDelivery() {
      return latestOf(sandbox.deliveries, built.deliveryRecordings);
    },
  };
  return harness;
}

function latestOf(
  log: SandboxLog<{ readonly number: number }>,
  recordings: Recordings,
): RecordedExchange {
  const exchange = recordings.get(log.list().at(-1)?.number ?? 0);
  if (exchange === undefined) throw new Error("Nothing was recorded");
  return exchange;
}
