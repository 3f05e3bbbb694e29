import type { DeviceRecord } from "../../../../src/storage/index.ts";

/** The bounds that the oracle knows. */
export const bounds = { above: 60, below: 20, hysteresis: 2, kW: 2 } as const;

interface Known {
  plug?: boolean | undefined;
  charging?: boolean | undefined;
  reach?: boolean | undefined;
  producing?: boolean | undefined;
  location?: string | undefined;
  up?: boolean | undefined;
  down?: boolean | undefined;
  import?: boolean | undefined;
}

/** What the oracle reads of a device, of any kind. */
interface Device {
  readonly isReachable?: boolean | null;
  readonly chargeState?: {
    readonly isPluggedIn?: boolean | null;
    readonly isCharging?: boolean | null;
    readonly isFullyCharged?: boolean | null;
    readonly batteryLevel?: number | null;
  };
  readonly productionState?: { readonly isProducing?: boolean | null };
  readonly energyState?: { readonly power?: number | null };
  readonly location?: { readonly id?: string | null; readonly latitude?: number | null };
}

/** What the oracle needs to know of a state of a device. */
export type SeenState = Pick<
  DeviceRecord,
  "id" | "kind" | "payload" | "partial" | "observedAt" | "source"
>;

/**
 * The transitions between states in the order in which a mirror has taken them, as a person would write them down: by
 * the ID of each.
 */
export function trueTransitions(taken: readonly SeenState[]): string[] {
  const devices = new Map<string, { latest: Known; told?: Known | undefined }>();
  const ids: string[] = [];
  for (const record of taken) {
    const { id, kind, payload, partial, observedAt, source } = record;
    if (payload === null) devices.delete(id);
    if (payload === null || partial) continue;
    const known = devices.get(id);
    // What only a reconciliation has seen counts as the state before, but the next one does not build upon it.
    const before = source === "webhook" ? known?.latest : known && { ...known.told };
    const now = { ...before };
    const tell = (name: string, subject?: string) => {
      // What a reconciliation has found is not told.
      if (before === undefined || source !== "webhook") return;
      ids.push([id, name, ...(subject === undefined ? [] : [subject]), observedAt].join("/"));
    };
    const device: Device = JSON.parse(payload);
    const { isPluggedIn, isCharging, isFullyCharged, batteryLevel } = device.chargeState ?? {};
    if (isPluggedIn != null) {
      now.plug = isPluggedIn;
      if (before?.plug === !now.plug) tell(`${kind}:${now.plug ? "plugged-in" : "unplugged"}`);
    }
    if (isCharging != null && (kind === "vehicle" || kind === "charger")) {
      now.charging = isCharging;
      const end = kind === "vehicle" && isFullyCharged ? "completed" : "stopped";
      if (before?.charging === !now.charging) {
        tell(`${kind}:charging-${now.charging ? "started" : end}`);
      }
    }
    if (device.isReachable != null) {
      now.reach = device.isReachable;
      if (before?.reach === !now.reach) tell(`device:${now.reach ? "reachable" : "unreachable"}`);
    }
    const { isProducing } = device.productionState ?? {};
    if (isProducing != null) {
      now.producing = isProducing;
      if (before?.producing === !now.producing) {
        tell(`inverter:production-${now.producing ? "started" : "ended"}`);
      }
    }
    const { id: place, latitude } = device.location ?? {};
    if (kind === "vehicle" && (place != null || latitude != null)) {
      now.location = place ?? "";
      if (before?.location !== undefined && before.location !== now.location) {
        if (before.location !== "") tell("vehicle:left");
        if (now.location !== "") tell("vehicle:arrived");
      }
    }
    if (batteryLevel != null && (kind === "vehicle" || kind === "battery")) {
      const { above, below, hysteresis } = bounds;
      now.up = batteryLevel >= above || (before?.up === true && batteryLevel >= above - hysteresis);
      now.down =
        batteryLevel <= below || (before?.down === true && batteryLevel <= below + hysteresis);
      if (before?.up === false && now.up) tell(`${kind}:level-crossed`, `up ${above}`);
      if (before?.down === false && now.down) tell(`${kind}:level-crossed`, `down ${below}`);
    }
    const { power } = device.energyState ?? {};
    if (power != null) {
      const { kW } = bounds;
      now.import = power >= kW || (before?.import === true && power >= kW - kW / 10);
      if (before?.import === false && now.import) tell("meter:import-above", `${kW}`);
    }
    devices.set(id, { latest: now, told: source === "webhook" ? now : known?.told });
  }
  return ids;
}

/**
 * All orders of states from which a mirror may have told. An event whose store has failed may have got as far as to be
 * told, and no further: when it comes again, a reconciliation has brought something newer, and it is not kept any more.
 *
 * @param events The states in all events that have come.
 * @param told The IDs of what was told.
 */
export function possibleOrders(
  taken: readonly SeenState[],
  events: readonly SeenState[],
  told: ReadonlySet<string>,
): (readonly SeenState[])[] {
  const orders: (readonly SeenState[])[] = [taken];
  for (const event of events) {
    const { id, observedAt, payload } = event;
    const ofDevice = taken.filter((each) => each.id === id);
    const isTaken = (each: SeenState) =>
      each.observedAt === observedAt && each.payload === payload && each.source === "webhook";
    if (ofDevice.some(isTaken)) continue;
    const next = ofDevice.find((each) => each.observedAt > observedAt);
    if (next === undefined || next.source === "webhook") continue;
    for (const order of [...orders]) {
      const at = order.indexOf(next);
      const other = [...order.slice(0, at), event, ...order.slice(at)];
      const before = trueTransitions(order);
      const after = trueTransitions(other);
      // All that an event has begun is told in the end.
      const begun = after.filter((each) => isIdOf(event, each));
      const isPossible = begun.every((each) => told.has(each));
      if (isPossible && before.join() !== after.join()) orders.push(other);
    }
  }
  return orders;
}

function isIdOf({ id, observedAt }: SeenState, transition: string): boolean {
  return transition.startsWith(`${id}/`) && transition.endsWith(`/${observedAt}`);
}
