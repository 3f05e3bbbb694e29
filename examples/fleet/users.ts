// Who uses the app. In place of a sign-in there are two users and a switch between them.
import type { Request, Response } from "express";

/** A user of the app. */
export interface AppUser {
  /** The app's own ID. Enode gets a random one in its place, which `storage.userStore` keeps. */
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
}

/** The users of the demonstration. */
export const demoUsers: readonly [AppUser, ...AppUser[]] = [
  { id: "anna", name: "Anna", timeZone: "Europe/Oslo" },
  { id: "ben", name: "Ben", timeZone: "Europe/London" },
];

/**
 * The user of a request. The cookie is a bare name, as everybody may be anybody here: yours is a session, signed or
 * looked up.
 */
export function userOf(request: Request): AppUser {
  const name = /(?:^|;\s*)user=(\w+)/.exec(request.get("cookie") ?? "")?.[1];
  return demoUsers.find(({ id }) => id === name) ?? demoUsers[0];
}

/** Makes somebody else the user of the requests to come. */
export function switchUser(response: Response, id: unknown): void {
  if (!demoUsers.some((user) => user.id === id)) return;
  response.cookie("user", id, { httpOnly: true, sameSite: "lax" });
}
