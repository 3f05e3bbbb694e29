import { cookies, headers } from "next/headers";

/**
 * Your own session goes here: the ID by which you know the user who sends a request, undefined for nobody. This stub
 * believes whatever a header or a cookie says.
 */
export async function signedInUser(): Promise<string | undefined> {
  return (await headers()).get("x-user") ?? (await cookies()).get("user")?.value;
}

/** Stands for your own sign-in. */
export async function rememberUser(hostUserId: string): Promise<void> {
  (await cookies()).set("user", hostUserId, { httpOnly: true, sameSite: "lax" });
}
