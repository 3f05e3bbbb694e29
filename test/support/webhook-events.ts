import type { webhookEventNames } from "../../generated/events.ts";
import type { WebhookEvent } from "../../generated/types.ts";
import { lookUp } from "./openapi.ts";

type Name = (typeof webhookEventNames)[number];

/**
 * An event of a name: the example of the description, or that of the update for discoveries, which have none. They hold
 * the same members.
 */
export function exampleOf(name: Name): WebhookEvent {
  const example = exampleIn(name) ?? exampleIn(name.replace(/:discovered$/, ":updated"));
  if (example === undefined) throw new Error(`The description has no example of ${name}.`);
  return { ...(example as WebhookEvent), event: name } as WebhookEvent;
}

function exampleIn(name: string): unknown {
  return lookUp(`/webhooks/${name}/post/requestBody/content/application~1json/example`);
}
