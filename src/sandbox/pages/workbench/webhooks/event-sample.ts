import { eventExamples } from "../../../../../generated/event-examples.ts";
import { deviceIdPlaces, kindsByEventName } from "../../../../../generated/kinds.ts";
import { eventEnvelope } from "../../../events/envelope.ts";
import type { Kind, SimulatedByKind } from "../../../simulation/devices/registry.ts";
import type { World } from "../../../simulation/world/world.ts";

const EXAMPLES: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(
  Object.entries(eventExamples),
);

/** The names of all events. */
export const eventNames: readonly string[] = [...EXAMPLES.keys()];

const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries(kindsByEventName));

/** The members of an event, by its name; undefined when there is no such event. */
export function membersOf(name: string): string[] | undefined {
  const example = EXAMPLES.get(name);
  return example && Object.keys(example);
}

/** The kind of device that an event is about; undefined when it is about none. */
export function kindOf(name: string): Kind | undefined {
  const kind = KINDS.get(name.split(":")[1] ?? "");
  const example = EXAMPLES.get(name) ?? {};
  return (
    kind ??
    KINDS.get(String(memberOf(example["vendorAction"] ?? example["schedule"], "targetType")))
  );
}

/** The ID of the device that an event is about; undefined when it names none. */
export function deviceIdOf(event: Readonly<Record<string, unknown>>): string | undefined {
  for (const [member, place] of Object.entries(deviceIdPlaces)) {
    const id = memberOf(event[member], place);
    if (typeof id === "string") return id;
  }
  return undefined;
}

/** The device or HEM system with an ID. */
export function deviceIn(world: World, id: string): SimulatedByKind[Kind] | undefined {
  return world.devices.get(id) ?? world.hemSystems.get(id);
}

/**
 * An event as the description shows it, about a device of the sandbox as it is now. It can be about a user alone; what
 * neither tells is that of the example.
 */
export function sampleEvent(
  name: string,
  about: {
    readonly device: SimulatedByKind[Kind] | undefined;
    readonly userId: string | undefined;
  },
  now: number,
): Record<string, unknown> {
  const example = EXAMPLES.get(name) ?? { event: name };
  const { device } = about;
  const userId = device?.wire.userId ?? about.userId;
  const names = new Map<unknown, string>();
  const exampleUser = memberOf(example["user"], "id");
  if (userId !== undefined) names.set(exampleUser, userId);
  if (device !== undefined) names.set(deviceIdOf(example), device.wire.id);
  const event = Object.fromEntries(
    Object.entries(example).map(([member, value]) => [member, renamed(value, names)]),
  );
  if (device !== undefined && device.kind in example) event[device.kind] = device.wire;
  return { ...event, ...eventEnvelope(now) };
}

/** A copy of a value in which IDs are replaced. */
function renamed(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  if (typeof value !== "object" || value === null) return names.get(value) ?? value;
  return Object.fromEntries(
    Object.entries(value).map(([member, each]) => [member, renamed(each, names)]),
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
