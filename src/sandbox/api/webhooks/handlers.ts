import { webhookEventNames } from "../../../../generated/events.ts";
import type {
  WebhookAuthenticationInput,
  WebhookCreate,
  WebhookUpdate,
} from "../../../../generated/types.ts";
import { apiVersion } from "../../../../generated/version.ts";
import { checkBody, optional, type Rule } from "../../http/body-validation.ts";
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
      const input = checkBody<WebhookCreate>(await request.body(), {
        url: webhookUrl,
        secret,
        events: optional(events),
        apiVersion: optional(version),
        authentication: optional(authentication),
      });
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
      const changes = checkBody<WebhookUpdate>(await request.body(), {
        url: optional(webhookUrl),
        secret: optional(secret),
        events: optional(events),
        apiVersion: optional(version),
        authentication: optional((value) => (value === null ? null : authentication(value))),
      });
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
  if (webhook === undefined) throw notFound(`There is no webhook with the ID ${id}`);
  return webhook;
}

/** By which key Enode tells that a webhook "exists already" is not documented; here it is the URL. */
function refuseDouble(webhooks: WebhookRegistry, url: string): void {
  if (webhooks.at(url) !== undefined) throw badRequest(`A webhook for ${url} exists already`);
}

const EVENTS: ReadonlySet<unknown> = new Set([
  "*",
  ...webhookEventNames,
  // Can still be subscribed to, though nothing is sent under this name any more.
  "user:charge-action:updated",
]);
const HEADER_NAME = /^[a-z0-9-_]{1,128}$/;
const PRINTABLE = /^[ -~]{1,256}$/;
const LOOPBACK = /^(127(\.\d+){3}|localhost|\[::1\])$/;

const isText = (value: unknown, least: number, most: number): value is string => {
  if (typeof value !== "string") return false;
  const { length } = [...value];
  return length >= least && length <= most;
};

const webhookUrl: Rule = (value) => {
  if (!isText(value, 8, 200)) return "must be a URL of 8 to 200 characters";
  if (!URL.canParse(value)) return "must be an absolute URL";
  const { protocol, hostname, username, password } = new URL(value);
  // Enode takes https only; on this machine a test server needs no certificate.
  const isFit = protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
  if (!isFit) return "must begin with https: (http: is for this machine only, such as 127.0.0.1)";
  return username === "" && password === "" ? null : "must not hold a user name or password";
};

const secret: Rule = (value) =>
  isText(value, 6, 256) ? null : "must be a text of 6 to 256 characters";

const events: Rule = (value) => {
  if (!Array.isArray(value) || value.length === 0) return "must list at least one event";
  const unknown: unknown = value.find((name) => !EVENTS.has(name));
  return unknown === undefined ? null : `has the unknown event ${JSON.stringify(unknown)}`;
};

const version: Rule = (value) =>
  value === null || value === apiVersion ? null : `must be ${apiVersion} or null`;

const authentication: Rule = (value) => {
  if (typeof value !== "object" || value === null) return "must be an object";
  const { headerName, headerValue, ...others } = value as Partial<WebhookAuthenticationInput>;
  if (typeof headerName !== "string" || !HEADER_NAME.test(headerName)) {
    return "must have a headerName of 1 to 128 characters from a-z, 0-9, - and _";
  }
  if (typeof headerValue !== "string" || !PRINTABLE.test(headerValue)) {
    return "must have a headerValue of 1 to 256 printable ASCII characters";
  }
  const [other] = Object.keys(others);
  return other === undefined ? null : `must not have the member ${other}`;
};
