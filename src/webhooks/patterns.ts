import { webhookEventNames } from "../../generated/events.ts";
import type { WebhookEvent } from "../../generated/types.ts";
import { invalidArgument } from "./arguments.ts";
import type { WebhookEventName } from "./events.ts";

/** Names of events: one by its name, or several by a pattern in which `*` stands for any text. */
export type WebhookEventPattern = WebhookEventName | "*" | `${string}*${string}`;

type Widened<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Widened<Tail>}`
  : Pattern;

/** The events that a pattern stands for. */
export type WebhookEventFor<Pattern extends string> = Extract<
  WebhookEvent,
  { event: Widened<Pattern> }
>;

/**
 * The names that a pattern stands for.
 *
 * @throws ConfigurationError when there are none: a handler for it would never be called.
 */
export function namesOf(pattern: string): WebhookEventName[] {
  const expression = String(pattern)
    .split("*")
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const names = webhookEventNames.filter((name) => new RegExp(`^${expression}$`).test(name));
  if (names.length > 0) return names;
  throw invalidArgument("event", `No event is named ${JSON.stringify(pattern)}.`);
}
