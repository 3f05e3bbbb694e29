import type { WebhookEvent } from "../../../generated/types.ts";

/** The events that a sandbox has raised, for tests to read. */
export interface SandboxEvents {
  /**
   * The last 10,000 events that were raised while there was a webhook, oldest first. They are listed before they are
   * delivered, and whether or not a webhook subscribes to them. A heartbeat is listed once for each of its webhooks.
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
    // Dropping old entries in batches is cheaper than dropping one each time.
    if (this.#events.length >= 2 * LIMIT) this.#events.splice(0, LIMIT);
    this.#events.push(event);
  }

  list(): WebhookEvent[] {
    // Heartbeats are raised during delivery, which is later than the events of devices.
    return this.#events
      .slice(-LIMIT)
      .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  }
}
