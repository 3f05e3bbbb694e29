import { SLOT } from "../site.ts";
import { Device } from "./device.ts";
import type { DeviceSettings } from "./device-settings.ts";
import type { Wire } from "./wire.ts";

/** A part of a home that takes no commands; its readings change with each slot. */
export abstract class ReadOnlyDevice<W extends Wire> extends Device<W, never> {
  override rejectionReason(): string {
    return "It takes no commands";
  }

  protected override untilChange(): number {
    return SLOT - (this.settledAt % SLOT);
  }

  protected override canCarryOut(): boolean {
    return false;
  }

  protected override carryOut(): void {
    // There are no commands to carry out.
  }
}

/** A part of a home that measures the other devices, and has no power of its own. */
export abstract class ObservingDevice<W extends Wire> extends ReadOnlyDevice<W> {
  override power(): number {
    return 0;
  }

  override showBalance(): void {
    if (!this.isReachable) return;
    this.beforeChange();
    this.show();
    this.afterChange();
  }

  protected override settings(): DeviceSettings {
    return {};
  }

  protected override apply(): void {
    // Its readings come from the rest of the home.
  }
}
