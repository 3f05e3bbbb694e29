import { webhookEventNames } from "../../../../generated/events.ts";
import type {
  WebhookAuthenticationInput,
  WebhookCreate,
  WebhookUpdate,
} from "../../../../generated/types.ts";
import { apiVersion } from "../../../../generated/version.ts";
import { checkBody, optional, type Rule } from "../../http/body-validation.ts";
import type { RequestContext } from "../../http/handler.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import {
  shown,
  type WebhookRecord,
  type WebhookSettings,
} from "../../webhooks/webhook-registry.ts";

export async function createWebhook(call: RequestContext): Promise<Response> {
  const request = checkBody<WebhookCreate>(await call.body(), {
    url: webhookUrl,
    secret,
    events: optional(events),
    apiVersion: optional(version),
    authentication: optional(authentication),
  });
  refuseDouble(call, request.url);
  return ok(
    call.webhooks.create({
      url: request.url,
      secret: request.secret,
      events: request.events ?? ["*"],
      apiVersion: request.apiVersion ?? null,
      authentication: request.authentication ?? null,
    }),
  );
}

export function listWebhooks({ webhooks, query }: RequestContext): Response {
  return ok(webhooks.page(query));
}

export function getWebhook(call: RequestContext): Response {
  return ok(shown(webhookOf(call)));
}

export async function updateWebhook(call: RequestContext): Promise<Response> {
  const changes = checkBody<WebhookUpdate>(await call.body(), {
    url: optional(webhookUrl),
    secret: optional(secret),
    events: optional(events),
    apiVersion: optional(version),
    authentication: optional((value) => (value === null ? null : authentication(value))),
  });
  const webhook = webhookOf(call);
  if (changes.url !== undefined && changes.url !== webhook.url) refuseDouble(call, changes.url);
  const given: Partial<WebhookSettings> = withoutUndefined(changes);
  return ok(call.webhooks.update(webhook, given));
}

export function deleteWebhook(call: RequestContext): Response {
  call.webhooks.delete(webhookOf(call));
  return noContent();
}

export async function testWebhook(call: RequestContext): Promise<Response> {
  return ok(await call.webhooks.test(webhookOf(call)));
}

function webhookOf(call: RequestContext): WebhookRecord {
  const id = call.parameter("webhookId");
  const webhook = call.webhooks.get(id);
  if (webhook === undefined) throw notFound(`There is no webhook with the ID ${id}`);
  return webhook;
}

/** By which key Enode tells that a webhook "exists already" is not documented; here it is the URL. */
function refuseDouble(call: RequestContext, url: string): void {
  if (call.webhooks.at(url) !== undefined) throw badRequest(`A webhook for ${url} exists already`);
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
