import type { webhookEventNames } from "../../generated/events.ts";
import type { WebhookEvent } from "../../generated/types.ts";
import { lookUp } from "./openapi.ts";

type Name = (typeof webhookEventNames)[number];

/** An event of a name: the example of the description. */
export function exampleOf(name: Name): WebhookEvent {
  const example = lookUp(`/webhooks/${name}/post/requestBody/content/application~1json/example`);
  if (example === undefined) throw new Error(`The description has no example of ${name}.`);
  return example as WebhookEvent;
}
