import type { Capability } from "../../../../generated/types.ts";

/** Whether this is a capability, which a member of `capabilities` need not be. */
export function isCapability(value: unknown): value is Capability {
  return typeof value === "object" && value !== null && "interventionIds" in value;
}

// One of each for all devices, of which there may be very many; they are replaced and never changed.
const CAPABLE = { isCapable: true, interventionIds: [] };
const INCAPABLE = { isCapable: false, interventionIds: [] };

/** A capability that needs no intervention. */
export function capability(isCapable: boolean): Capability {
  return isCapable ? CAPABLE : INCAPABLE;
}
