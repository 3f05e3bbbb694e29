import type { Enode } from "../../../src/index.ts";
import type { DeviceKind } from "../../../src/mirror/index.ts";
import type { Sandbox, WiresByKind } from "../../../src/sandbox/index.ts";
import type { Change } from "./simulation-steps.ts";

type AnyDevice = WiresByKind[DeviceKind];

const KINDS: readonly DeviceKind[] = [
  "vehicle",
  "charger",
  "hvac",
  "inverter",
  "battery",
  "meter",
  "hemSystem",
];

/** The devices of all kinds at Enode, and what happens to them. */
export class Devices {
  readonly #sandbox: Sandbox;
  readonly #enode: Enode;

  /** @param enode By which commands are given. */
  constructor(sandbox: Sandbox, enode: Enode) {
    this.#sandbox = sandbox;
    this.#enode = enode;
  }

  /** All devices and HEM systems that there are. */
  all(): { readonly kind: DeviceKind; readonly device: AnyDevice }[] {
    return KINDS.flatMap((kind) =>
      this.#sandbox.devices.list(undefined, kind).map((device) => ({ kind, device })),
    );
  }

  /** Changes a device so that there is an event. */
  stir(device: AnyDevice): void {
    const { devices } = this.#sandbox;
    if ("chargeState" in device && "isPluggedIn" in device.chargeState) {
      devices.update(device.id, { isPluggedIn: device.chargeState.isPluggedIn !== true });
    } else if ("isReachable" in device) {
      devices.update(device.id, { isReachable: !device.isReachable });
    }
  }

  /** Changes one of them. */
  async change(change: Extract<Change, { device: number }>): Promise<void> {
    const candidates = this.all().filter(({ kind }) => kind !== "hemSystem");
    const chosen = candidates[change.device % candidates.length];
    if (chosen === undefined) return;
    const { kind } = chosen;
    const { id } = chosen.device;
    const { devices } = this.#sandbox;
    switch (change.do) {
      case "drive":
        if (kind === "vehicle") {
          devices.update(id, { isPluggedIn: false, batteryLevel: change.level });
        } else if (kind === "battery") devices.update(id, { batteryLevel: change.level });
        else if (kind === "hvac") devices.update(id, { currentTemperature: change.level / 3 });
        else if (kind === "inverter") devices.update(id, { peakPower: change.level / 10 });
        return;
      case "plug":
        if (kind === "vehicle" || kind === "charger") {
          devices.update(id, { isPluggedIn: change.in });
        }
        return;
      case "lose signal":
      case "find signal":
        devices.update(id, { isReachable: change.do === "find signal" });
        return;
      case "sell":
        devices.remove(id);
        return;
      default:
        // It may not be plugged in, or full.
        await this.#command(kind, id, change.do === "start").catch(() => undefined);
    }
  }

  async #command(kind: DeviceKind, id: string, isStart: boolean): Promise<unknown> {
    const { vehicles, chargers, hvacs, batteries } = this.#enode;
    switch (kind) {
      case "vehicle":
        return isStart ? vehicles.startCharging(id) : vehicles.stopCharging(id);
      case "charger":
        return isStart ? chargers.startCharging(id) : chargers.stopCharging(id);
      case "hvac":
        return isStart
          ? hvacs.setPermanentHold(id, { mode: "HEAT", heatSetpoint: 23 })
          : hvacs.followSchedule(id);
      case "battery":
        return batteries.setOperationMode(id, {
          operationMode: isStart ? "IMPORT_FOCUS" : "SELF_RELIANCE",
        });
    }
    return undefined;
  }
}
