import { webhookEventNames } from "../../../../generated/events.ts";
import { strictWebhookCreate, strictWebhookUpdate } from "../../../../generated/request-schemas.ts";
import { apiVersion } from "../../../../generated/version.ts";
import { checkBody, type Rule } from "../../http/body-validation.ts";
import type { Handlers, RequestContext } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import {
  shown,
  type WebhookRecord,
  type WebhookRegistry,
  type WebhookSettings,
} from "../../webhooks/webhook-registry.ts";

/** The operations on webhooks. */
export function webhookHandlers(
  webhooks: WebhookRegistry,
): Handlers<
  | "listWebhooks"
  | "createWebhook"
  | "getWebhook"
  | "updateWebhook"
  | "deleteWebhook"
  | "testWebhook"
> {
  return {
    listWebhooks: ({ query }) => ok(webhooks.page(query)),
    async createWebhook(request) {
      const input = checkBody(await request.body(), strictWebhookCreate, checks);
      refuseDouble(webhooks, input.url);
      return ok(
        webhooks.create({
          url: input.url,
          secret: input.secret,
          events: input.events ?? ["*"],
          apiVersion: input.apiVersion ?? null,
          authentication: input.authentication ?? null,
        }),
      );
    },
    getWebhook: (request) => ok(shown(findWebhook(webhooks, request))),
    async updateWebhook(request) {
      const changes = checkBody(await request.body(), strictWebhookUpdate, checks);
      const webhook = findWebhook(webhooks, request);
      if (changes.url !== undefined && changes.url !== webhook.url) {
        refuseDouble(webhooks, changes.url);
      }
      const given: Partial<WebhookSettings> = withoutUndefined(changes);
      return ok(webhooks.update(webhook, given));
    },
    deleteWebhook(request) {
      webhooks.delete(findWebhook(webhooks, request));
      return noContent();
    },
    testWebhook: async (request) => ok(await webhooks.test(findWebhook(webhooks, request))),
  };
}

function findWebhook(webhooks: WebhookRegistry, request: RequestContext): WebhookRecord {
  const id = request.parameter("webhookId");
  const webhook = webhooks.get(id);
  if (webhook === undefined) throw notFound(`Could not find webhook ${id}`, "Webhook not found");
  return webhook;
}

/** The key by which Enode detects that a webhook "exists already" is not documented; here it is the URL. */
function refuseDouble(webhooks: WebhookRegistry, url: string): void {
  if (webhooks.at(url) === undefined) return;
  throw badRequest(`A webhook for ${url} exists already`, undefined, INVALID);
}

/** Title of the problem of an invalid subscription. */
const INVALID = "Webhook input is not valid.";

const EVENTS: ReadonlySet<unknown> = new Set([
  "*",
  ...webhookEventNames,
  // A subscription is still accepted, though no event has this name any more.
  "user:charge-action:updated",
]);
const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])$/;

const url: Rule<string> = (value) => {
  const { protocol, hostname, username, password } = new URL(value);
  // Enode accepts https only; a test server on this machine needs no certificate.
  const isFit = protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
  if (!isFit) return "must begin with https: (http: is for this machine only, such as 127.0.0.1)";
  return username === "" && password === "" ? null : "must not hold a user name or password";
};

const events: Rule<unknown> = (value) => {
  if (!Array.isArray(value) || value.length === 0) return "must list at least one event";
  const unknown: unknown = value.find((name) => !EVENTS.has(name));
  return unknown === undefined ? null : `has the unknown event ${JSON.stringify(unknown)}`;
};

const version: Rule<string> = (value) =>
  value === apiVersion ? null : `must be ${apiVersion} or null`;

/** Enode's own list of events lacks some that it delivers. */
const checks = { rules: { url, apiVersion: version }, instead: { events }, title: INVALID };
