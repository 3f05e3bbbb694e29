/** The outcome of signing in with a test account. */
export type SignIn =
  | "fine"
  | "two-factor"
  | "some-devices"
  | "no-devices"
  | "slow"
  | "linked-elsewhere"
  | "wrong-password"
  | "locked"
  | "no-consent"
  | "wrong-region"
  | "vendor-down";

/** An account that Link UI offers to sign in with. */
export interface TestAccount {
  readonly id: SignIn;
  readonly email: string;
  readonly story: string;
  /** What goes wrong, given the name of the vendor. */
  readonly error?: (vendor: string) => string;
  /** Whether it always goes wrong. */
  readonly isRefused?: true;
  /** Whether it decides which devices there are; when an account is linked again they are known. */
  readonly choosesDevices?: true;
}

const ACCOUNTS: readonly TestAccount[] = [
  { id: "fine", email: "fine@example.com", story: "Signs in and brings its devices" },
  { id: "two-factor", email: "code@example.com", story: "The vendor asks for a code as well" },
  {
    id: "some-devices",
    email: "some@example.com",
    story: "You choose which devices the vendor shares",
    choosesDevices: true,
  },
  {
    id: "no-devices",
    email: "empty@example.com",
    story: "Signs in and has no devices",
    choosesDevices: true,
  },
  { id: "slow", email: "slow@example.com", story: "The vendor takes ten seconds" },
  {
    id: "linked-elsewhere",
    email: "shared@example.com",
    story: "Another user has linked it, and loses access",
    error: (vendor) =>
      `No other user of this sandbox has linked ${vendor}. Link it for another one first, then use this account.`,
    choosesDevices: true,
  },
  {
    id: "wrong-password",
    email: "wrong@example.com",
    story: "The vendor refuses the password",
    isRefused: true,
    error: (vendor) => `${vendor} does not know this email address and password.`,
  },
  {
    id: "locked",
    email: "locked@example.com",
    story: "The vendor has locked the account",
    isRefused: true,
    error: (vendor) =>
      `${vendor} has locked this account after too many attempts. Unlock it at ${vendor}, then sign in again.`,
  },
  {
    id: "no-consent",
    email: "denied@example.com",
    story: "The user does not agree at the vendor",
    isRefused: true,
    error: (vendor) =>
      `You did not allow ${vendor} to share your data. Sign in again and allow it.`,
  },
  {
    id: "wrong-region",
    email: "region@example.com",
    story: "The account belongs to another region",
    isRefused: true,
    error: (vendor) =>
      `This account belongs to another region of ${vendor}. Sign in with one of your own region.`,
  },
  {
    id: "vendor-down",
    email: "down@example.com",
    story: "The vendor does not answer",
    isRefused: true,
    error: (vendor) =>
      `${vendor} does not answer at the moment. Your password is not the cause. Try again later.`,
  },
];

/** The accounts that a session offers. */
export function testAccounts(isRelink: boolean): readonly TestAccount[] {
  return isRelink ? ACCOUNTS.filter(({ choosesDevices }) => choosesDevices !== true) : ACCOUNTS;
}
