import type {
  BatteryOperationModeRequest,
  ChargerUpdate,
  ChargingCommand,
  ChargingCommandRequest,
  HvacPermanentHoldRequest,
  HvacUpdate,
  PermanentHoldTargetState,
  TargetMaxCurrent,
} from "../../../../generated/types.ts";
import { checkBody, oneOf } from "../../http/body-validation.ts";
import type { Handler, RequestContext } from "../../http/handler.ts";
import { pageOf } from "../../http/pagination.ts";
import { badRequest, forbidden, notFound, unprocessable } from "../../http/problems.ts";
import { json, noContent, ok } from "../../http/responses.ts";
import type { OrderedList } from "../../shared/ordered-list.ts";
import { type ActionRecord, type Command, sameAim } from "../../simulation/actions.ts";
import { operationModes } from "../../simulation/devices/battery.ts";
import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import type { Device } from "../../simulation/devices/device.ts";
import type { AnyDevice, Kind, SimulatedByKind } from "../../simulation/devices/registry.ts";
import type { Wire } from "../../simulation/devices/wire.ts";
import { giveCommand } from "../../simulation/world/issue-command.ts";
import { userOf } from "../users/handlers.ts";

export const listDevices =
  (kind: Kind): Handler =>
  (call) =>
    answerPage(call, call.world.lists.of(kind));

export const listUserDevices =
  (kind: Kind): Handler =>
  (call) =>
    answerPage(call, userOf(call).lists.of(kind));

export const getDevice =
  (kind: Kind): Handler =>
  (call) => {
    const device = deviceOf(call, kind);
    device.advanceTo(call.now);
    return ok(device.wire);
  };

export const refreshDevice =
  (kind: DeviceKind): Handler =>
  (call) => {
    deviceOf(call, kind).refresh(call.now);
    return noContent();
  };

export const controlCharging =
  (kind: "vehicle" | "charger"): Handler =>
  async (call) => {
    const { action } = checkBody<ChargingCommandRequest>(await call.body(), { action: command });
    return ok(act(call, deviceOf(call, kind), "control:charging", { kind: action }));
  };

export const setMaxCurrent =
  (kind: "vehicle" | "charger"): Handler =>
  async (call) => {
    const rules = { maxCurrent: current };
    const { maxCurrent } = checkBody<TargetMaxCurrent>(await call.body(), rules, "ignored");
    const aim = { targetState: { maxCurrent } };
    return ok(act(call, deviceOf(call, kind), "control:charging", aim));
  };

export const setOperationMode: Handler = async (call) => {
  const rules = { operationMode: oneOf(operationModes) };
  const { operationMode } = checkBody<BatteryOperationModeRequest>(await call.body(), rules);
  const aim = { targetState: { operationMode } };
  return ok(act(call, deviceOf(call, "battery"), "control:operation_mode", aim));
};

export const setPermanentHold: Handler = async (call) => {
  const body = await call.body();
  const { mode } = checkBody<{ mode: PermanentHoldTargetState["mode"] }>(body, holdMode, "ignored");
  const hold = checkBody<HvacPermanentHoldRequest>(body, { ...holdMode, ...HOLDS[mode] });
  const aim = { target: { ...hold, holdType: "PERMANENT" as const } };
  return ok(act(call, deviceOf(call, "hvac"), "control:mode", aim));
};

export const followSchedule: Handler = (call) => {
  const aim = { target: { holdType: "SCHEDULED" as const } };
  return ok(act(call, deviceOf(call, "hvac"), "control:mode", aim));
};

export const getAction =
  (kind: DeviceKind): Handler =>
  (call) =>
    ok(actionOf(call, kind).record.wire);

export const cancelAction =
  (kind: DeviceKind): Handler =>
  (call) => {
    const { record, device } = actionOf(call, kind);
    if (device.pending !== record) return json(409, record.wire);
    device.cancelPending(call.now, "REQUESTED_CANCELLATION");
    return ok(record.wire);
  };

/** Assigns a device that does not know its position to a location. */
export const assignLocation =
  (kind: "charger" | "hvac"): Handler =>
  async (call) => {
    const rules = { locationId: uuidOrNull };
    const { locationId } = checkBody<ChargerUpdate | HvacUpdate>(await call.body(), rules);
    const device = deviceOf(call, kind);
    call.locations.checkAssignable(locationId, device.wire.userId);
    device.advanceTo(call.now);
    device.place(locationId, call.now);
    return ok(device.wire);
  };

function answerPage(call: RequestContext, shelf: OrderedList<Device>): Response {
  const { data, pagination } = pageOf(shelf, call.query);
  for (const device of data) device.advanceTo(call.now);
  return ok({ data: data.map(({ wire }) => wire), pagination });
}

function deviceOf<K extends Kind>(call: RequestContext, kind: K): SimulatedByKind[K] {
  const { devices, hemSystems } = call.world;
  const id = call.parameter(`${kind}Id`);
  const device = kind === "hemSystem" ? hemSystems.get(id) : devices.get(id);
  if (device?.kind !== kind) throw notFound(`There is no ${kind} with the ID ${id}`);
  // Its kind was just compared.
  return device as SimulatedByKind[K];
}

function actionOf(call: RequestContext, kind: DeviceKind) {
  const id = call.parameter("actionId");
  const action = call.world.actions.get(id);
  if (action?.device.kind !== kind) throw notFound(`There is no ${kind} action with the ID ${id}`);
  action.device.advanceTo(call.now);
  return action;
}

/** Makes an action, unless the command cannot work or a pending action serves as well. */
function act<Order extends Command>(
  call: RequestContext,
  device: AnyDevice & Device<Wire, Order>,
  permission: string,
  aim: Order,
): ActionRecord["wire"] {
  const { now, world } = call;
  device.advanceTo(now);
  const scope = `${device.kind}:${permission}`;
  if (!device.wire.scopes.includes(scope)) throw forbidden(`The user did not grant ${scope}`);
  for (const controller of world.controllers) {
    const reason = controller(device);
    if (reason !== null) throw unprocessable(reason);
  }
  const refusal = device.rejectionReason(aim);
  if (refusal !== null) throw badRequest(refusal);
  const { pending } = device;
  // For vehicles the API promises the same action again; for chargers every command makes a new one.
  if (pending !== null && device.kind === "vehicle" && sameAim(pending.command, aim)) {
    return pending.wire;
  }
  return giveCommand(world, device, aim, now).wire;
}

const degrees = (value: unknown): string | null =>
  typeof value === "number" && Number.isFinite(value) ? null : "must be a number";

const HOLDS = {
  AUTO: { heatSetpoint: degrees, coolSetpoint: degrees },
  COOL: { coolSetpoint: degrees },
  HEAT: { heatSetpoint: degrees },
  OFF: {},
} satisfies Record<PermanentHoldTargetState["mode"], object>;
const holdMode = { mode: oneOf(Object.keys(HOLDS)) };

const COMMANDS: Record<ChargingCommand, true> = { START: true, STOP: true };
const command = oneOf(Object.keys(COMMANDS));

const current = (value: unknown): string | null =>
  typeof value === "number" && Number.isFinite(value) && value > 0
    ? null
    : "must be a number above 0";

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const uuidOrNull = (value: unknown): string | null =>
  value === null || (typeof value === "string" && UUID.test(value))
    ? null
    : "must be a UUID or null";
