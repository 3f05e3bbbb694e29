import type { Session } from "../../api/link/link-sessions.ts";
import { integrations, kindsOf } from "../../simulation/devices/catalogue.ts";

/** A vendor that Link UI offers. */
export interface VendorChoice {
  readonly vendor: string;
  readonly name: string;
  /** The kinds of device that the account would link. */
  readonly kinds: readonly string[];
}

/** The vendors that match a session, by name. */
export function vendorChoices({ kinds }: Pick<Session, "kinds">): VendorChoice[] {
  return integrations(kinds)
    .map(({ vendor, displayName }) => ({
      vendor,
      name: displayName,
      kinds: kindsOf(vendor).filter((kind) => kinds.includes(kind)),
    }))
    .filter((choice) => choice.kinds.length > 0)
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}
