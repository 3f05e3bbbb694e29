import {
  type DeviceKind,
  deviceKinds,
  scopesOf,
} from "../../../../simulation/devices/catalogue.ts";
import type { PagesContext } from "../../../shared/context.ts";
import { type Html, html } from "../../../shared/html.ts";
import { type Forms, formStart } from "../../shared/forms.ts";
import type { Command } from "../../shared/tab.ts";
import { userAddress } from "../shared/addresses.ts";
import { ANY_KIND, kindField } from "../shared/kind-field.ts";
import { userField } from "./user-field.ts";

/** Opens a link session with all scopes, and leads to its Link UI; that leads back to the page of the user. */
export function openLinkCommand({ world, act, apiUrl, links }: PagesContext): Command {
  return (form) => {
    const userId = form.get("user")?.trim() ?? "";
    const kinds = kindsIn(form.get("kind"));
    if (userId === "" || kinds.length === 0) return undefined;
    const { linkUrl } = act(() => {
      world.ensureUser(userId);
      return links.open({
        userId,
        presentation: { language: "en-GB", redirectUri: apiUrl + userAddress("", userId) },
        vendor: undefined,
        kinds,
        scopes: kinds.flatMap((kind) => scopesOf[kind]),
        assetId: undefined,
      });
    });
    // The browser may know this machine by another name than the address says.
    return { message: `Link UI of ${userId} is open.`, leadsTo: new URL(linkUrl).pathname };
  };
}

/** The form of a new link session. */
export function openLinkView(users: readonly string[], forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="link-title">
<header><h2 id="link-title">New link session</h2></header>
${formStart(forms)}<div class="settings">
${userField("link", users)}
${kindField("link")}</div>
<button class="quiet" name="do" value="open-link" data-leaves>Open Link UI</button></form></section>
`;
}

function kindsIn(text: string | null): readonly DeviceKind[] {
  return text === ANY_KIND ? deviceKinds : deviceKinds.filter((kind) => kind === text);
}
