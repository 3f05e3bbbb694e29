import { linkTo } from "../../shared/forms.ts";

/** The address of the page of a device, with the list as it is. */
export function deviceAddress(back: string, device: string): string {
  return linkTo(new URLSearchParams(back), { tab: "fleet", device, user: null });
}

/** The address of the page of a user, with the list as it is. */
export function userAddress(back: string, user: string): string {
  return linkTo(new URLSearchParams(back), { tab: "fleet", user, device: null });
}

/** The address of the list alone. */
export function listAddress(back: string): string {
  return linkTo(new URLSearchParams(back), { tab: "fleet", device: null, user: null });
}
