import { deviceIdOf, membersOf } from "./event-sample.ts";

/** An event in the body of a delivery. */
export interface PayloadEvent {
  readonly name: string;
  readonly deviceId: string | undefined;
  readonly userId: string | undefined;
}

/** The events in the body of a delivery; none when it holds no list. */
export function eventsIn(body: string): PayloadEvent[] {
  const list = parsed(body);
  if (!Array.isArray(list)) return [];
  return list.flatMap((event: unknown) => {
    if (!isRecord(event)) return [];
    const user = isRecord(event["user"]) ? event["user"]["id"] : undefined;
    return {
      name: typeof event["event"] === "string" ? event["event"] : "without a name",
      deviceId: deviceIdOf(event),
      userId: typeof user === "string" ? user : undefined,
    };
  });
}

/** What Enode would not send of this body; null when nothing meets the eye. Types of values are not checked. */
export function oddityOf(body: string): string | null {
  const list = parsed(body);
  if (list === undefined) return "It is not valid JSON.";
  if (!Array.isArray(list)) return "It is no list of events.";
  for (const event of list) {
    const oddity = oddityOfEvent(event);
    if (oddity !== null) return oddity;
  }
  return list.length === 0 ? "It holds no event." : null;
}

function oddityOfEvent(event: unknown): string | null {
  if (!isRecord(event)) return "It holds something that is no event.";
  const name = event["event"];
  if (typeof name !== "string") return "It holds an event without a name.";
  const members = membersOf(name);
  if (members === undefined) return `There is no event “${name}”.`;
  const missing = members.find((member) => !(member in event));
  return missing === undefined ? null : `An event ${name} lacks “${missing}”.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
