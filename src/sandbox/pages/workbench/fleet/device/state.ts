import { deviceSources } from "../../../../../../generated/kinds.ts";
import type {
  Intervention,
  Location,
  Schedule,
  ScheduleStatus,
  SmartChargingStatus,
} from "../../../../../../generated/types.ts";
import { interventions } from "../../../../api/interventions/catalogue.ts";
import type { ActionWire } from "../../../../simulation/actions.ts";
import type { AnyDevice } from "../../../../simulation/devices/registry.ts";
import type { SandboxDevice } from "../../../../simulation/devices/wire.ts";
import type { PagesContext } from "../../../shared/context.ts";
import { type DeviceView, viewOf } from "../shared/device-view.ts";
import { type Statistic, statisticsOf } from "./statistics.ts";

const MOST_ACTIONS = 20;
const MOST = new URLSearchParams({ pageSize: "100" });

/** A schedule and how it is being carried out. */
export interface ScheduleView {
  readonly schedule: Schedule;
  readonly status: ScheduleStatus;
}

/** What the page of a device shows. */
export interface DeviceState {
  readonly now: number;
  readonly view: DeviceView;
  /** The device as the API returns it. */
  readonly wire: SandboxDevice;
  /** The resource of the client, which is also the path of the API. */
  readonly resource: string;
  /** Its latest actions, newest first. */
  readonly actions: readonly ActionWire[];
  readonly schedules: readonly ScheduleView[];
  /** Null for what is no vehicle. */
  readonly smartCharging: SmartChargingStatus | null;
  readonly interventions: readonly Intervention[];
  /** The locations of its user. */
  readonly locations: readonly Readonly<Location>[];
  readonly statistics: readonly Statistic[];
}

/** Reads a device; undefined when there is none with this ID. */
export function readDevice(context: PagesContext, id: string): DeviceState | undefined {
  const { world, act, services } = context;
  return act(() => {
    const device = world.devices.get(id);
    if (device === undefined) return undefined;
    const now = world.now();
    device.advanceTo(now);
    const { wire, kind } = device;
    return {
      now,
      view: viewOf(device),
      wire,
      resource: deviceSources[kind].resource,
      actions: actionsOf(context, id),
      schedules: schedulesOf(context, device, now),
      smartCharging:
        device.kind === "vehicle" ? services.smartCharging.statusOf(device, now) : null,
      interventions: interventionsOf(device),
      locations: services.locations.page(MOST, wire.userId).data,
      statistics: statisticsOf(device, now),
    };
  });
}

function actionsOf({ world }: PagesContext, id: string): ActionWire[] {
  const actions = [];
  for (const { record } of world.actions.values()) {
    if (record.wire.targetId === id) actions.push(record.wire);
  }
  return actions.slice(-MOST_ACTIONS).reverse();
}

function schedulesOf({ services }: PagesContext, { wire }: AnyDevice, now: number): ScheduleView[] {
  const { schedules } = services;
  return schedules
    .page(wire.userId, MOST)
    .data.filter(({ targetId }) => targetId === wire.id)
    .map((schedule) => ({ schedule, status: schedules.require(schedule.id).statusAt(now) }));
}

function interventionsOf(device: AnyDevice): Intervention[] {
  const ids = new Set(device.capabilities().flatMap(({ interventionIds }) => interventionIds));
  return interventions.filter(({ id }) => ids.has(id));
}
