import type { Scope } from "../../../../generated/types.ts";
import type { DeviceKind } from "./catalogue.ts";

/** A vendor account of a user; its devices are linked and unlinked together. */
export interface Account {
  readonly userId: string;
  readonly vendor: string;
  /** The device types that were linked. */
  readonly kinds: Set<DeviceKind>;
  /** Whether Enode still has working credentials. */
  isValid: boolean;
  /** The scopes that the user granted. */
  scopes: readonly Scope[];
}
