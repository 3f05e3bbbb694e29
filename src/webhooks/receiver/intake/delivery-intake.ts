import { isStoreError, isWebhookVerificationError } from "../../../errors/index.ts";
import { withTimeout } from "../../../shared/with-timeout.ts";
import { refusals } from "../../verification/read-body.ts";
import {
  secretsOf,
  type VerifiedWebhook,
  verifyWebhook,
  type WebhookSecrets,
} from "../../verification/verify.ts";
import { Capacity } from "../shared/capacity.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import type { HeartbeatMonitor } from "../shared/health.ts";
import type { WebhookReceiverOptions } from "../shared/options.ts";
import { bodyOf, type IncomingDelivery } from "./delivery-body.ts";
import type { BodyReading } from "./limit-body.ts";
import type { askForSecrets, SecretFunction } from "./secrets.lazy.ts";

/** Deliveries handled at the same time; more are postponed, as Enode sends them again. */
const maxInWork = 100;
/** Time for a delivery beyond that of its handlers or its store, after which it no longer counts, in ms. */
const workMargin = 1_000;
/** How deep an event may be nested. Enode's events have some 10 levels; stores and databases allow some 1,000. */
const maxDepth = 100;

/** What a receiver is for the deliveries that it answers. */
interface Receiver {
  readonly options: WebhookReceiverOptions;
  readonly maxBodyBytes: number;
  readonly handlerTimeout: number;
  readonly reporter: ErrorReporter;
  readonly silence: HeartbeatMonitor | undefined;
  /** Handles or keeps a delivery. */
  readonly take: (verified: VerifiedWebhook) => Promise<string>;
}

/** Verifies and answers deliveries. */
export class DeliveryIntake {
  readonly #receiver: Receiver;
  readonly #reporter: ErrorReporter;
  readonly #inWork = new Capacity();
  readonly #workTimeout: number;
  readonly #readings = new Set<BodyReading>();
  /** Kept, as importing a module takes longer than checking an event. */
  #ask: typeof askForSecrets | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
    this.#reporter = receiver.reporter;
    this.#workTimeout = Math.max(receiver.handlerTimeout, 4_000) + workMargin;
  }

  /** Answers a delivery. Never rejects. */
  async handle(
    delivery: Request | IncomingDelivery,
    response?: { end?: unknown },
  ): Promise<Response> {
    try {
      if (response?.end) throw (await refusals()).ofNodeRequest(response);
      const { method = "POST" } = delivery;
      if (method !== "POST") return answer(405, "method_not_allowed", { allow: "POST" });
      return await this.#receive(delivery);
    } catch (error) {
      return this.#refuse(error);
    }
  }

  async #receive(delivery: Request | IncomingDelivery): Promise<Response> {
    if (this.#inWork.taken >= maxInWork) return this.#postpone("too_busy");
    const { signature } = delivery as IncomingDelivery;
    const { options, maxBodyBytes, take } = this.#receiver;
    const { secret, maxAge } = options;
    // Before the body is read, as bodies would pile up while a vault does not answer. Without an `await` for plain
    // secrets: other listeners on a request of node:http make its body flow in the next turn.
    const secrets =
      typeof secret === "function"
        ? await this.#askFor(secret)
        : (secretsOf(options as WebhookSecrets) as string[]);
    const verified = await verifyWebhook({
      body: await bodyOf(delivery, maxBodyBytes, this.#readings),
      headers: delivery.headers ?? {},
      ...(signature === undefined ? undefined : { signature }),
      secrets,
      validate: options.validate ?? "off",
    });
    if (isDeeper(verified.payload, maxDepth)) throw (await refusals()).ofDepth(maxDepth);
    if (maxAge !== undefined) (await refusals()).checkAge(verified, maxAge);
    await this.#note(verified);
    // Checked again, as many may have arrived while this one was read.
    if (this.#inWork.taken >= maxInWork) return this.#postpone("too_busy");
    const done = this.#inWork.hold(this.#workTimeout);
    try {
      const outcome = await take(verified);
      if (outcome === "duplicate") this.#reporter.health.duplicates++;
      if (outcome === "store_failed") return this.#postpone(outcome);
      return answer(outcome === "failed" ? 500 : 200, outcome);
    } finally {
      done();
    }
  }

  /** Called for each delivery, so that a secret can be replaced. */
  async #askFor(secret: SecretFunction): Promise<readonly string[]> {
    const done = this.#inWork.hold(this.#workTimeout);
    try {
      this.#ask ??= (await import("./secrets.lazy.ts")).askForSecrets;
      return await this.#ask(secret, withTimeout);
    } finally {
      done();
    }
  }

  async #note({ events, issues, digest, deliveryId }: VerifiedWebhook): Promise<void> {
    const { silence } = this.#receiver;
    const { health } = this.#reporter;
    health.deliveries++;
    health.lastDeliveryAt = new Date();
    silence?.begin();
    for (const event of events) {
      if (event.event !== "system:heartbeat") continue;
      health.lastHeartbeatAt = new Date();
      health.pendingEvents = event.pendingEvents;
      silence?.restart();
    }
    if (issues.length === 0) return;
    const error = (await refusals()).ofIssues(issues);
    this.#reporter.report(error, { stage: "delivery", digest, deliveryId });
  }

  #postpone(reason: string): Response {
    this.#reporter.health.postponed++;
    return answer(503, reason, { "retry-after": "5" });
  }

  async #refuse(error: unknown): Promise<Response> {
    if (isStoreError(error)) {
      this.#reporter.report(error, { stage: "store" });
      return this.#postpone(error.code);
    }
    this.#reporter.report(error, { stage: "delivery" });
    if (!isWebhookVerificationError(error)) return answer(500, "failed");
    const status = (await refusals()).statusOf(error.code);
    if (status === 503) return this.#postpone(error.code);
    this.#reporter.health.refused++;
    return answer(status, error.code);
  }
}

/** Holds only the outcome, nothing of the request or the secret: Enode shows it for a test event. */
function answer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers });
}

/** Whether a value is nested more than so many levels deep. */
function isDeeper(value: unknown, levels: number): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)))
  );
}
