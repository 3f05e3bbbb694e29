import type { Scope } from "../../../../generated/types.ts";
import type { DeviceKind } from "./catalogue.ts";

/** A vendor account of a user; all devices of it come and go together. */
export interface Account {
  readonly userId: string;
  readonly vendor: string;
  /** The device types that were linked. */
  readonly kinds: Set<DeviceKind>;
  /** Whether Enode still has working credentials. */
  isValid: boolean;
  /** What the user consented to. */
  scopes: readonly Scope[];
}
