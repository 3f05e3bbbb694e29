import type { WebhookEvent } from "../../../generated/types.ts";

/** The events that a sandbox has raised, for tests to look at. */
export interface SandboxEvents {
  /**
   * The events raised while there was a webhook, oldest first: the last 10,000. They are here whether or not a webhook
   * subscribes to them, and before they are delivered. A heartbeat stands here once for each webhook that it is for.
   *
   * @example
   * ```ts
   * import type { Sandbox } from "enode-sdk/sandbox";
   *
   * export function failedActions(sandbox: Sandbox): string[] {
   *   return sandbox.events.list().flatMap((event) => {
   *     if (event.event !== "user:vendor-action:updated") return [];
   *     return event.vendorAction.state === "FAILED" ? [event.vendorAction.id] : [];
   *   });
   * }
   * ```
   */
  list(): WebhookEvent[];
}

const LIMIT = 10_000;

/** The last events. */
export class EventLog implements SandboxEvents {
  readonly #events: WebhookEvent[] = [];

  add(event: WebhookEvent): void {
    // Making room now and then is cheaper than making it each time.
    if (this.#events.length >= 2 * LIMIT) this.#events.splice(0, LIMIT);
    this.#events.push(event);
  }

  list(): WebhookEvent[] {
    // Heartbeats are raised when the deliveries get to them, which is later than what happens to devices.
    return this.#events
      .slice(-LIMIT)
      .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  }
}
