"use server";

import { redirect } from "next/navigation";
import { appUrl, backend } from "@/lib/enode";
import { rememberUser, signedInUser } from "@/lib/session";

export async function signIn(form: FormData): Promise<void> {
  await rememberUser(String(form.get("name")));
  redirect("/");
}

/** Sends the user to Enode's Link UI, from where they come back to the page. */
export async function linkCar(): Promise<void> {
  const hostUserId = await signedInUser();
  if (hostUserId === undefined) redirect("/");
  const { linkUrl } = await backend().enode.users.link(
    { hostUserId },
    {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data", "vehicle:control:charging"],
      language: "en-GB",
      redirectUri: appUrl("/"),
    },
  );
  redirect(linkUrl);
}
