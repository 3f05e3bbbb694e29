import type { Scope } from "../../generated/types.ts";

/** Everything that a user can consent to. */
export const ALL_SCOPES: readonly Scope[] = [
  "vehicle:read:data",
  "vehicle:read:location",
  "vehicle:control:charging",
  "charger:read:data",
  "charger:control:charging",
  "hvac:read:data",
  "hvac:control:mode",
  "inverter:read:data",
  "inverter:read:location",
  "battery:read:data",
  "battery:read:location",
  "battery:control:operation_mode",
  "meter:read:data",
  "meter:read:location",
];
