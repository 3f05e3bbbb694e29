import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import type { TestAccount } from "./test-accounts.ts";
import type { VendorChoice } from "./vendor-choices.ts";

/** How long the slow vendor takes, in milliseconds of the wall clock. */
const WAIT = 10_000;

/** What follows a sign-in: another page, selected by its query, or the end. */
export type SignInResult =
  | { readonly next: Readonly<Record<string, string>> }
  /** The account is linked, with these devices or those that the sandbox chooses. */
  | { readonly devices: number | readonly { readonly kind: DeviceKind }[] | undefined }
  /** The account is linked, and was another user's before. */
  | { readonly isShared: true };

/** Signs in with a test account, as far as the fields of the form go. */
export function signIn(
  { id, isRefused }: TestAccount,
  { kinds }: VendorChoice,
  form: URLSearchParams,
): SignInResult {
  if (isRefused === true) return { next: { error: id } };
  if (id === "two-factor") return confirmed(form.get("code"));
  if (id === "some-devices") return chosen(form, kinds);
  if (id === "slow") return waited(form.get("ready"));
  if (id === "linked-elsewhere") return { isShared: true };
  return { devices: id === "no-devices" ? 0 : undefined };
}

function confirmed(code: string | null): SignInResult {
  if (code === null) return { next: { step: "code" } };
  // Mails and messages group the digits.
  if (/^\d{6}$/.test(code.replaceAll(/\s/g, ""))) return { devices: undefined };
  return { next: { step: "code", error: "code", code: code.slice(0, 12) } };
}

function chosen(form: URLSearchParams, kinds: readonly DeviceKind[]): SignInResult {
  if (form.get("step") !== "devices") return { next: { step: "devices" } };
  // A kind comes twice at most, as on the page.
  const devices = kinds.flatMap((kind) =>
    form
      .getAll("device")
      .filter((each) => each === kind)
      .slice(0, 2)
      .map(() => ({ kind })),
  );
  return devices.length > 0 ? { devices } : { next: { step: "devices", error: "devices" } };
}

function waited(ready: string | null): SignInResult {
  const rest = remainingWait(ready);
  if (rest === 0) return { devices: undefined };
  return { next: { step: "wait", ready: String(Date.now() + rest) } };
}

/** How many milliseconds remain until the time that an address or a form names: a whole wait at most, and by default. */
export function remainingWait(ready: string | null): number {
  const rest = Number(ready) - Date.now();
  return ready !== null && Number.isFinite(rest) ? Math.min(Math.max(rest, 0), WAIT) : WAIT;
}
