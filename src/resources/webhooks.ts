import type {
  Webhook,
  WebhookCreate,
  WebhookTestResult,
  WebhookUpdate,
} from "../../generated/types.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/result.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Subscriptions to events. */
export class Webhooks extends Resource {
  /** Lists the subscriptions of your client. */
  list(query: PageQuery = {}, options?: ListOptions): List<Webhook> {
    return this.paged("listWebhooks", {}, query, options);
  }

  /**
   * Subscribes a URL to events. The secret (6 to 256 characters) is never shown again.
   *
   * @throws BadRequestError for input that cannot be, or a subscription that already exists.
   */
  create(webhook: WebhookCreate, options?: RequestOptions): ResponsePromise<Webhook> {
    return this.api.request("createWebhook", { body: webhook }, options);
  }

  /** Reads a subscription. */
  get(webhookId: string, options?: RequestOptions): ResponsePromise<Webhook> {
    return this.api.request("getWebhook", { path: { webhookId } }, options);
  }

  /** Changes a subscription, and reactivates one that went inactive after failed deliveries. */
  update(
    webhookId: string,
    webhook: WebhookUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Webhook> {
    return this.api.request("updateWebhook", { path: { webhookId }, body: webhook }, options);
  }

  /** Ends a subscription. */
  delete(webhookId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteWebhook", { path: { webhookId } }, options);
  }

  /** Sends a test event and tells how the receiver answered; success reactivates the subscription. */
  test(webhookId: string, options?: RequestOptions): ResponsePromise<WebhookTestResult> {
    return this.api.request("testWebhook", { path: { webhookId } }, options);
  }
}
