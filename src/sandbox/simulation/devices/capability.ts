import type { Capability } from "../../../../generated/types.ts";

/** Whether a member of `capabilities` is a capability; some are not. */
export function isCapability(value: unknown): value is Capability {
  return typeof value === "object" && value !== null && "interventionIds" in value;
}

// Shared by all devices, of which there may be very many: replace them, never change them.
const CAPABLE = { isCapable: true, interventionIds: [] };
const INCAPABLE = { isCapable: false, interventionIds: [] };

/** A capability that needs no intervention. */
export function capability(isCapable: boolean): Capability {
  return isCapable ? CAPABLE : INCAPABLE;
}
