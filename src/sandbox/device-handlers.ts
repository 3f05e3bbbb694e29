import type {
  ChargerUpdate,
  ChargingCommand,
  ChargingCommandRequest,
  TargetMaxCurrent,
} from "../../generated/types.ts";
import { type ActionRecord, type Command, sameAim } from "./actions.ts";
import type { Call, Handler } from "./call.ts";
import type { DeviceKind } from "./catalogue.ts";
import { SimulatedCharger } from "./chargers.ts";
import { giveCommand } from "./commands.ts";
import type { Shelf } from "./paging.ts";
import { badRequest, forbidden, notFound, unprocessable } from "./problems.ts";
import { json, noContent, ok } from "./replies.ts";
import { userOf } from "./users.ts";
import { checkBody, oneOf } from "./validation.ts";
import type { AnyDevice, UserRecord, World } from "./world.ts";

/** Which devices there are of a kind, of all users or of one. */
const shelfOf = (owner: World | UserRecord, kind: DeviceKind): Shelf<AnyDevice> =>
  kind === "vehicle" ? owner.vehicles : owner.chargers;

export const listDevices =
  (kind: DeviceKind): Handler =>
  (call) =>
    answerPage(call, shelfOf(call.world, kind));

export const listUserDevices =
  (kind: DeviceKind): Handler =>
  (call) =>
    answerPage(call, shelfOf(userOf(call), kind));

export const getDevice =
  (kind: DeviceKind): Handler =>
  (call) => {
    const device = deviceOf(call, kind);
    device.settle(call.now);
    return ok(device.wire);
  };

export const refreshDevice =
  (kind: DeviceKind): Handler =>
  (call) => {
    deviceOf(call, kind).refresh(call.now);
    return noContent();
  };

export const controlCharging =
  (kind: DeviceKind): Handler =>
  async (call) => {
    const { action } = checkBody<ChargingCommandRequest>(await call.body(), { action: command });
    return ok(act(call, deviceOf(call, kind), { kind: action }));
  };

export const setMaxCurrent =
  (kind: DeviceKind): Handler =>
  async (call) => {
    const rules = { maxCurrent: current };
    const { maxCurrent } = checkBody<TargetMaxCurrent>(await call.body(), rules, "ignored");
    return ok(act(call, deviceOf(call, kind), { targetState: { maxCurrent } }));
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

export const updateCharger: Handler = async (call) => {
  const { locationId } = checkBody<ChargerUpdate>(await call.body(), { locationId: uuidOrNull });
  const charger = deviceOf(call, "charger");
  call.locations.checkAssignable(locationId, charger.wire.userId);
  charger.settle(call.now);
  if (charger instanceof SimulatedCharger) charger.place(locationId, call.now);
  return ok(charger.wire);
};

function answerPage(call: Call, shelf: Shelf<AnyDevice>): Response {
  const { data, pagination } = shelf.page(call.query);
  for (const device of data) device.settle(call.now);
  return ok({ data: data.map(({ wire }) => wire), pagination });
}

function deviceOf(call: Call, kind: DeviceKind): AnyDevice {
  const id = call.parameter(`${kind}Id`);
  const device = call.world.devices.get(id);
  if (device?.kind !== kind) throw notFound(`There is no ${kind} with the ID ${id}`);
  return device;
}

function actionOf(call: Call, kind: DeviceKind) {
  const id = call.parameter("actionId");
  const action = call.world.actions.get(id);
  if (action?.device.kind !== kind) throw notFound(`There is no ${kind} action with the ID ${id}`);
  action.device.settle(call.now);
  return action;
}

/** Makes an action, unless the command cannot work or a pending action serves as well. */
function act(call: Call, device: AnyDevice, aim: Command): ActionRecord["wire"] {
  const { now, world } = call;
  device.settle(now);
  const scope = `${device.kind}:control:charging`;
  if (!device.wire.scopes.includes(scope)) throw forbidden(`The user did not grant ${scope}`);
  for (const controller of world.controllers) {
    const reason = controller(device);
    if (reason !== null) throw unprocessable(reason);
  }
  const refusal = device.refusal(aim);
  if (refusal !== null) throw badRequest(refusal);
  const { pending } = device;
  // For vehicles the API promises the same action again; for chargers every command makes a new one.
  if (pending !== null && device.kind === "vehicle" && sameAim(pending.command, aim)) {
    return pending.wire;
  }
  return giveCommand(world, device, aim, now).wire;
}

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
