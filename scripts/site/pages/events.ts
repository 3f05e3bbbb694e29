import { eventExamples } from "../../../generated/event-examples.ts";
import { webhookEventNames } from "../../../generated/events.ts";
import { type EventEffect, effectOf } from "../../../src/mirror/ingest/event-effects.ts";
import { deref, isRecord } from "../../generate/document.ts";
import type { Description } from "../shared/api.ts";
import { code, fence, firstSentence, json, page, prose, table } from "../shared/markdown.ts";
import { propertyTable, resolve } from "../shared/properties.ts";
import type { TypePages } from "../shared/types.ts";
import type { SandboxEvent } from "../source/sandbox-events.ts";

/** The name of an event. */
export type EventName = (typeof webhookEventNames)[number];

/** What a page of an event is made of. */
export interface Sources {
  readonly description: Description;
  readonly types: TypePages;
  /** Events as the sandbox delivers them, by their names. */
  readonly delivered: ReadonlyMap<string, SandboxEvent>;
}

/** The file of an event in docs/reference/events, without its end. */
export function fileOf(event: EventName): string {
  return event.replaceAll(":", "-");
}

/** The page with all events. */
export function eventsPage(description: Description): string {
  const summary = `All ${webhookEventNames.length} webhook events: when they come, what is in them, and what the mirror does with them.`;
  const rows = webhookEventNames.map((event) => [
    `[${code(event)}](./${fileOf(event)}.md)`,
    prose(firstSentence(meaningOf(description, event))),
    effectText(event).short,
  ]);
  return page("Events", summary, [
    summary,
    "Receive them as the guide to [webhooks](/guides/webhooks.md) shows. Enode adds events without a new version: " +
      "`onUnknown` of a receiver hears of those that are not listed here.",
    table(["Event", "When", "The mirror"], rows),
  ]);
}

/** The page of one event. */
export function eventPage(event: EventName, { description, types, delivered }: Sources): string {
  const sent = delivered.get(event);
  const payload = sent ?? eventExamples[event];
  const meaning = meaningOf(description, event);
  const schema = description.api.webhookEvents.get(event) ?? {};
  const whole = resolve(description, schema);
  const type = schema.$ref?.split("/").pop() ?? "";
  const members = Object.keys(whole.properties ?? {}).filter(
    (name) => !["event", "createdAt", "version"].includes(name),
  );
  return page(event, firstSentence(meaning), [
    prose(meaning),
    type && `In code: ${types.link(type)}.`,
    "## Handler",
    fence("ts", handlerOf(event, members)),
    "## Payload",
    sent
      ? "As the [sandbox](/guides/sandbox.md) delivers it. It is one element of an array; a handler gets it alone."
      : "The example of the API's description, as the sandbox does not make this event. It is one element of an array; a " +
        "handler gets it alone.",
    json(payload),
    "## Members",
    propertyTable(description, schema, payload),
    "## What the mirror does with it",
    effectText(event).long,
  ]);
}

function handlerOf(event: EventName, members: readonly string[]): string {
  const { names, shown } = members[0]
    ? { names: members.join(", "), shown: members.join(", ") }
    : { names: "createdAt", shown: "createdAt" };
  return [
    'import { WebhookReceiver } from "enode-sdk/webhooks";',
    "",
    'const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });',
    `receiver.on("${event}", ({ ${names} }) => {`,
    `  console.log(${shown});`,
    "});",
  ].join("\n");
}

function meaningOf({ document }: Description, event: EventName): string {
  const item = document.webhooks?.[event];
  const { post } = deref<{ post?: { description?: string } }>(document, isRecord(item) ? item : {});
  return (post?.description ?? "").replace(
    / ?On the wire it is one element of a WebhookPayload array\.?/,
    "",
  );
}

/** What the mirror does with an event, as its own code decides it. */
function effectText(event: EventName): { short: string; long: string } {
  const effect = effectOf(eventExamples[event], "docs");
  if (typeof effect === "string")
    throw new Error(`The example of ${event} has no valid ${effect}.`);
  if (!effect) {
    return {
      short: "ignores it",
      long: "Nothing: it holds nothing that the [mirror](/guides/storage.md#keep-a-copy-of-the-devices) keeps.",
    };
  }
  const steps = stepsOf(effect);
  const long = `The [mirror](/guides/storage.md#keep-a-copy-of-the-devices) ${steps.join(", and ")}.`;
  return { short: steps.join(", "), long };
}

function stepsOf({ record, user }: EventEffect): string[] {
  const steps: string[] = [];
  if (record?.collection === "actions") steps.push("keeps the state of the action");
  else if (record?.payload === null) steps.push("marks the device as deleted");
  else if (record?.partial)
    steps.push("adds the device with the little that is known, until more arrives");
  else if (record) steps.push("keeps the device, unless it has a newer state");
  if (user) steps.push("reads the user's linked accounts again");
  return steps;
}
