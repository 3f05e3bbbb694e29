import { webhookEventNames } from "../../../../generated/events.ts";
import type { WebhookEvent } from "../../../../generated/types.ts";
import { invalidArgument } from "../../../errors/configuration.ts";
import { closest } from "../../../shared/known-names.ts";
import type { WebhookEventName } from "../../verification/sort-events.ts";

/** The name of an event, or a pattern for several in which `*` stands for any text. */
export type WebhookEventPattern = WebhookEventName | "*" | `${string}*${string}`;

type Widened<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Widened<Tail>}`
  : Pattern;

/** The events that a pattern matches. */
export type WebhookEventFor<Pattern extends string> = Extract<
  WebhookEvent,
  {
    /** Name of the event. */
    event: Widened<Pattern>;
  }
>;

/**
 * The names that a pattern matches.
 *
 * @throws ConfigurationError when there are none: a handler for it would never be called.
 */
export function namesOf(pattern: string): WebhookEventName[] {
  const names = webhookEventNames.filter((name) => fits(name, String(pattern).split("*")));
  if (names.length > 0) return names;
  const meant = closest(String(pattern), webhookEventNames);
  const advice = meant === undefined ? "." : `; did you mean ${meant}?`;
  throw invalidArgument("event", `No event is named ${JSON.stringify(pattern)}${advice}`);
}

/**
 * Whether a name consists of these parts with any text between them. Each part is searched once, from left to
 * right: a regular expression with many `.*` would try all ways to split the name among them.
 */
function fits(name: string, parts: readonly string[]): boolean {
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
