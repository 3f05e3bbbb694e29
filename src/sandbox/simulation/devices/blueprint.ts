import type { Random } from "../../shared/random.ts";
import type { Site } from "../site.ts";
import type { Account } from "./account.ts";
import type { DeviceParts } from "./device.ts";
import type { Home } from "./home.ts";
import type { Wire } from "./wire.ts";

/** The parts of a new device. */
export interface DeviceBlueprint {
  readonly id: string;
  readonly vendor: string;
  readonly account: Account;
  readonly random: Random;
  readonly now: number;
  readonly parts: Omit<DeviceParts<Wire>, "wire">;
  /** Where the user lives. */
  readonly site: () => Site;
  /** The home of the user; its simulation begins with the first call. */
  readonly home: () => Home;
}
