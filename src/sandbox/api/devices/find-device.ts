import type { RequestContext } from "../../http/handler.ts";
import { notFound } from "../../http/problems.ts";
import type { ActionRecord } from "../../simulation/actions.ts";
import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import type { AnyDevice, Kind, SimulatedByKind } from "../../simulation/devices/registry.ts";
import type { World } from "../../simulation/world/world.ts";

/** The device or HEM system that the path names; throws a 404 when there is none of this kind. */
export function findDevice<K extends Kind>(
  world: World,
  request: RequestContext,
  kind: K,
): SimulatedByKind[K] {
  const id = request.parameter(`${kind}Id`);
  const device = kind === "hemSystem" ? world.hemSystems.get(id) : world.devices.get(id);
  if (device?.kind !== kind) throw notFound(`There is no ${kind} with the ID ${id}`);
  // The kind was just compared.
  return device as SimulatedByKind[K];
}

/** The action that the path names, brought up to date; throws a 404 when there is none for this kind of device. */
export function findAction(
  world: World,
  { parameter, now }: RequestContext,
  kind: DeviceKind,
): { readonly record: ActionRecord; readonly device: AnyDevice } {
  const id = parameter("actionId");
  const action = world.actions.get(id);
  if (action?.device.kind !== kind) throw notFound(`There is no ${kind} action with the ID ${id}`);
  action.device.advanceTo(now);
  return action;
}
