import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { schemaNameOf } from "./names.ts";

/** Writes events.ts: the names of the webhook events. */
export function renderEvents(api: Api): string {
  const rows = [...api.webhookEvents.keys()].map((name) => `  ${JSON.stringify(name)},\n`);
  return `${banner}
/** The events that Enode is known to send. Others may come without a new API version. */
export const webhookEventNames = [
${rows.join("")}] as const;
`;
}

/** Writes event-examples.ts: an example of each webhook event. */
export function renderEventExamples(api: Api): string {
  const rows = Array.from(
    api.webhookExamples,
    ([name, example]) => `  ${JSON.stringify(name)}: ${JSON.stringify(example)},\n`,
  );
  return `${banner}
/** An example of each webhook event, by its name. */
export const eventExamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
${rows.join("")}};
`;
}

/** Writes event-types.ts: the type of each webhook event, and that of any. */
export function renderEventTypes(api: Api): string {
  const named = [...api.webhookEvents.values()].flatMap(
    ({ $ref = "" }) => schemaNameOf($ref) ?? [],
  );
  const any = api.schemas.has("WebhookEvent") ? ["WebhookEvent"] : [];
  const rows = [...new Set([...named, ...any])].sort().map((name) => `  ${name},\n`);
  return `${banner}
export type {
${rows.join("")}} from "./types.ts";
`;
}

/** Writes version.ts. */
export function renderVersion(api: Api, sdkVersion: string): string {
  return `${banner}
/** Version of the API that the types describe; sent as the header Enode-Version. */
export const apiVersion = ${JSON.stringify(api.version)};

/** Version of this package; part of the header User-Agent. */
export const sdkVersion = ${JSON.stringify(sdkVersion)};
`;
}
