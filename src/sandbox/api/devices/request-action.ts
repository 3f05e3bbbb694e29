import { actionRejected, badRequest, forbidden, unprocessable } from "../../http/problems.ts";
import { type ActionRecord, type Command, sameAim } from "../../simulation/actions.ts";
import type { Device } from "../../simulation/devices/device.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import type { Wire } from "../../simulation/devices/wire.ts";
import { issueCommand } from "../../simulation/world/issue-command.ts";
import type { World } from "../../simulation/world/world.ts";

/** A command for a device, and the permission that it needs, such as `control:charging`. */
interface CommandRequest<Order extends Command> {
  readonly device: AnyDevice & Device<Wire, Order>;
  readonly permission: string;
  readonly command: Order;
}

/** Creates an action, unless the command is impossible or a pending action has the same aim. */
export function requestAction<Order extends Command>(
  world: World,
  { device, permission, command }: CommandRequest<Order>,
  now: number,
): ActionRecord["wire"] {
  device.advanceTo(now);
  const scope = `${device.kind}:${permission}`;
  if (!device.wire.scopes.includes(scope)) throw forbidden(`The user did not grant ${scope}`);
  for (const controller of world.controllers) {
    const reason = controller(device);
    if (reason !== null) throw unprocessable(reason);
  }
  const reason = device.rejectionReason(command);
  if (reason !== null) throw badRequest(reason);
  const redundancy = device.redundancyReason(command);
  if (redundancy !== null) throw actionRejected(redundancy);
  const { pending } = device;
  // For vehicles the API promises the same action again; for chargers every command makes a new one.
  if (pending !== null && device.kind === "vehicle" && sameAim(pending.command, command)) {
    return pending.wire;
  }
  return issueCommand(world, device, { aim: command, by: "API" }, now).wire;
}
