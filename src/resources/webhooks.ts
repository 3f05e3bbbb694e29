import type {
  Webhook,
  WebhookCreate,
  WebhookTestResult,
  WebhookUpdate,
} from "../../generated/types.ts";
import { apiVersion } from "../../generated/version.ts";
import { startBudget } from "../core/deadline.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import { checkAddress } from "../core/request/checks.ts";
import { checkRequestOptions } from "../core/resolve-options.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import { invalidArgument } from "../errors/configuration.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Subscriptions to events. */
export class Webhooks extends Resource {
  /**
   * Lists the subscriptions of your client.
   *
   * @param query - Where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const webhook of enode.webhooks.list()) console.log(webhook.id);
   * ```
   */
  list(query: PageQuery = {}, options?: ListOptions): List<Webhook> {
    return this.paged("listWebhooks", {}, query, options);
  }

  /**
   * Subscribes a URL to events. The secret (6 to 256 characters) cannot be read later.
   *
   * @param webhook - Its address, secret and events.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws BadRequestError for invalid input, or a subscription that already exists.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const secret = process.env["ENODE_WEBHOOK_SECRET"] ?? "";
   * const webhook = await enode.webhooks.create({ url: "https://example.com/webhooks/enode", secret, events: ["*"],
   * });
   * ```
   */
  create(webhook: WebhookCreate, options?: RequestOptions): ResponsePromise<Webhook> {
    return this.api.request("createWebhook", { body: webhook }, options);
  }

  /**
   * Ensures that exactly this subscription is in force for its URL: creates it, or updates and reactivates an
   * existing one, and deletes others of the same URL. Subscriptions of other URLs stay as they are. Call it at the
   * start of a server; it is safe to repeat, also when several servers start at once.
   *
   * Members that are left out are set, too: `events` to all, `apiVersion` to the one that the types describe,
   * `authentication` to none. The secret and the header's value cannot be read, so they are written each time.
   * `deadline` and `signal` are for all requests together, the other options for each one.
   *
   * @param subscription - Its address, secret and events.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @returns The subscription in force.
   * @throws ConfigurationError for a `url` that is neither https nor on this machine, a `secret` that
   * is not 6 to 256 characters or has white space at its ends, or an empty list of `events`; and as
   * the methods it consists of: list, create, update and delete.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * export async function onStart(enode: Enode, secret: string): Promise<void> {
   *   const webhook = await enode.webhooks.ensure({
   *     url: "https://example.com/webhooks/enode",
   *     secret,
   *     events: ["user:vehicle:updated", "user:vendor-action:updated"],
   *   });
   *   console.log(webhook.id, webhook.isActive);
   * }
   * ```
   */
  async ensure(subscription: WebhookCreate, options: RequestOptions = {}): Promise<Webhook> {
    checkRequestOptions(options);
    const { api } = this;
    const budget = startBudget(options, options.deadline ?? api.deadlineOf("createWebhook"));
    // Loaded when first needed: once in the life of a server, and never by many clients.
    const { ensureWebhook } = await import("./ensure-webhook.lazy.ts");
    return ensureWebhook(subscription, {
      webhooks: new Webhooks({
        deadlineOf: (operation) => api.deadlineOf(operation),
        request: (operation, input) => api.request(operation, input, budget()),
      }),
      apiVersion,
      checkAddress,
      invalid: invalidArgument,
    });
  }

  /**
   * Reads a subscription.
   *
   * @param webhookId - ID of the subscription.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const webhook = await enode.webhooks.get("a-webhook-id");
   * ```
   */
  get(webhookId: string, options?: RequestOptions): ResponsePromise<Webhook> {
    return this.api.request("getWebhook", { path: { webhookId } }, options);
  }

  /**
   * Changes a subscription, and reactivates one that became inactive after failed deliveries.
   *
   * @param webhookId - ID of the subscription.
   * @param webhook - What to change.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const webhook = await enode.webhooks.update("a-webhook-id", { events: ["*"] });
   * ```
   */
  update(
    webhookId: string,
    webhook: WebhookUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Webhook> {
    return this.api.request("updateWebhook", { path: { webhookId }, body: webhook }, options);
  }

  /**
   * Deletes a subscription.
   *
   * @param webhookId - ID of the subscription.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.webhooks.delete("a-webhook-id");
   * ```
   */
  delete(webhookId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteWebhook", { path: { webhookId } }, options);
  }

  /**
   * Sends a test event and returns the receiver's answer; success reactivates the subscription.
   *
   * @param webhookId - ID of the subscription.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const result = await enode.webhooks.test("a-webhook-id");
   * ```
   */
  test(webhookId: string, options?: RequestOptions): ResponsePromise<WebhookTestResult> {
    return this.api.request("testWebhook", { path: { webhookId } }, options);
  }
}
