import { SLOT } from "../site.ts";
import { Device, type Wire } from "./device.ts";

/** A part of a home that takes no commands; what it shows is new with each slot. */
export abstract class PassiveDevice<W extends Wire> extends Device<W, never> {
  override refusal(): string {
    return "It takes no commands";
  }

  protected override untilChange(): number {
    return SLOT - (this.settledAt % SLOT);
  }

  protected override isFit(): boolean {
    return false;
  }

  protected override obey(): void {
    // It is never fit for a command.
  }
}

/** A part of a home that shows what the other devices do, and has no power of its own. */
export abstract class Onlooker<W extends Wire> extends PassiveDevice<W> {
  override power(): number {
    return 0;
  }

  override showBalance(): void {
    if (!this.isReachable) return;
    this.touch();
    this.show();
    this.tell();
  }

  protected override apply(): void {
    // What it shows is up to the rest of the home.
  }
}
