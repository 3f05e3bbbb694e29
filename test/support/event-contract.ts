import type { WebhookEvent } from "../../generated/types.ts";
import { lookUp } from "./openapi.ts";
import { problems } from "./schemas.ts";

/** Where the schema of an event stands, by the name of the event. */
const schemas = new Map(
  Object.entries(Object(lookUp("/components/schemas/WebhookEvent/discriminator/mapping"))).map(
    ([name, reference]) => [name, String(reference).slice(1)],
  ),
);

/** What an event breaks of its own schema, and of the one of all events. */
export function faultsOf(event: WebhookEvent): string[] {
  const own = schemas.get(event.event);
  if (own === undefined) return [`${event.event} is not described`];
  // Of what was just discovered the description names but the information; the rest is "null or missing".
  const isWhole = !event.event.endsWith(":discovered");
  const found = [
    ...problems(own, isWhole, event),
    ...problems("/components/schemas/WebhookEvent", false, event),
  ];
  return found.map(({ at, what }) => `${event.event} ${at} ${what}`);
}

/** What a delivery breaks of what is described of deliveries and of each of its events. */
export async function faultsOfDelivery(request: Request): Promise<string[]> {
  const text = await request.text();
  const events: unknown = JSON.parse(text);
  if (!Array.isArray(events) || events.length === 0 || events.length > 100) {
    return [`a delivery is no list of 1 to 100 events: ${text.slice(0, 200)}`];
  }
  const signature = request.headers.get("x-enode-signature") ?? "";
  return [
    ...(request.headers.has("x-enode-delivery") ? [] : ["a delivery has no x-enode-delivery"]),
    ...(/^sha1=[\da-f]{40}$/.test(signature) ? [] : [`a delivery has the signature ${signature}`]),
    // With that member a fault has marked what it made odd, as a test asked for.
    ...events.flatMap((event: WebhookEvent) => ("sandboxUnknown" in event ? [] : faultsOf(event))),
  ];
}
