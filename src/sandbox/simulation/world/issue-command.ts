import type { ActionRecord, ActionWire, Command } from "../actions.ts";
import type { AnyDevice } from "../devices/registry.ts";
import type { World } from "./world.ts";

/** A command, and who gives it. */
interface Order {
  readonly aim: Command;
  readonly by: "API" | "Schedule" | "Smart charging" | "Override";
}

/** Issues a command to a device, in place of the pending one. Call it after `device.advanceTo(now)`. */
export function issueCommand(
  world: World,
  device: AnyDevice,
  { aim, by }: Order,
  now: number,
): ActionRecord {
  device.cancelPending(now, "CONFLICT");
  device.track?.mark(now, `${by}: ${inWords(aim)}`);
  const record = newAction(world, device, aim, now);
  device.begin(record);
  world.actions.set(record.wire.id, { record, device });
  device.advanceTo(now);
  return record;
}

function newAction(world: World, device: AnyDevice, aim: Command, now: number): ActionRecord {
  const at = new Date(now).toISOString();
  // Aim and kind of device belong together, which the type of the spread does not express.
  const wire = {
    id: world.newActionId(),
    userId: device.wire.userId,
    createdAt: at,
    updatedAt: at,
    completedAt: null,
    state: "PENDING",
    targetId: device.wire.id,
    targetType: device.kind,
    ...aim,
    failureReason: null,
  } as ActionWire;
  const dueAt = now + device.actionDelay;
  const deadline = Math.max(dueAt, now + world.times.timeout);
  return {
    wire,
    command: aim,
    madeAt: now,
    dueAt,
    deadline,
    fate: world.fateOfAction(wire.targetId),
  };
}

function inWords(command: Command): string {
  if ("kind" in command) return command.kind === "START" ? "start charging" : "stop charging";
  if ("target" in command) {
    const { target } = command;
    return target.holdType === "SCHEDULED" ? "follow the programme" : `hold ${target.mode}`;
  }
  const { targetState } = command;
  return "maxCurrent" in targetState
    ? `current limit ${targetState.maxCurrent} A`
    : `mode ${targetState.operationMode}`;
}
