import type { PagesContext } from "../../shared/context.ts";
import { firstOf } from "../shared/first-of.ts";

// A list that a browser can show.
const MOST = 20;

/** IDs that fit a parameter and are known here, such as those of vehicles for `vehicleId`. */
export function knownIds({ world, webhooks }: PagesContext, parameter: string): string[] {
  if (parameter === "userId") return firstOf(world.users.keys(), MOST);
  if (parameter === "hemSystemId") return firstOf(world.hemSystems.keys(), MOST);
  if (parameter === "assetId") return firstOf(world.devices.keys(), MOST);
  if (parameter === "webhookId")
    return webhooks.page(new URLSearchParams()).data.map(({ id }) => id);
  const kind = parameter.replace(/Id$/, "");
  const found: string[] = [];
  for (const device of world.devices.values()) {
    if (device.kind === kind) found.push(device.wire.id);
    if (found.length === MOST) break;
  }
  return found;
}
