import type { LinkCompletion } from "../../api/link/link-sessions.ts";

/** The outcome of signing in with a test account. */
export type SignIn = "fine" | "wrong-password" | "two-factor" | "no-devices";

/** An account that Link UI offers to sign in with. */
export interface TestAccount {
  readonly id: SignIn;
  readonly email: string;
  readonly story: string;
}

export const TEST_ACCOUNTS: readonly TestAccount[] = [
  { id: "fine", email: "fine@example.com", story: "Signs in and brings its devices" },
  { id: "wrong-password", email: "wrong@example.com", story: "The vendor refuses the password" },
  { id: "two-factor", email: "code@example.com", story: "The vendor asks for a code as well" },
  { id: "no-devices", email: "empty@example.com", story: "Signs in and has no devices" },
];

/** The devices that an account brings. */
export function devicesOfAccount(id: SignIn): Pick<LinkCompletion, "devices"> {
  return id === "no-devices" ? { devices: 0 } : {};
}
