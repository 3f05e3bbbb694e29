import type { Vendor } from "../../../../generated/types.ts";
import type { Session } from "../../api/link/link-sessions.ts";
import { type DeviceKind, integrations, kindsOf } from "../../simulation/devices/catalogue.ts";

/** A vendor that Link UI offers. */
export interface VendorChoice {
  readonly vendor: Vendor;
  readonly name: string;
  /** The kinds of device that the account would link. */
  readonly kinds: readonly DeviceKind[];
  /** Whether it stands before the others. */
  readonly isPopular: boolean;
}

const POPULAR: Readonly<Record<DeviceKind, readonly Vendor[]>> = {
  vehicle: ["TESLA", "VOLKSWAGEN", "BMW", "KIA"],
  charger: ["EASEE", "ZAPTEC", "WALLBOX"],
  hvac: ["NEST", "TADO", "DAIKIN"],
  inverter: ["SOLAREDGE", "ENPHASE", "HUAWEI"],
  battery: ["TESLA", "SOLAREDGE", "HUAWEI"],
  meter: ["TESLA", "ENPHASE", "HUAWEI"],
};

/** The vendors that match a session, by name. */
export function vendorChoices({ kinds }: Pick<Session, "kinds">): VendorChoice[] {
  return integrations(kinds)
    .map(({ vendor, displayName }) => {
      const own = kindsOf(vendor).filter((kind) => kinds.includes(kind));
      const isPopular = own.some((kind) => POPULAR[kind].includes(vendor));
      return { vendor, name: displayName, kinds: own, isPopular };
    })
    .filter((choice) => choice.kinds.length > 0)
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}
