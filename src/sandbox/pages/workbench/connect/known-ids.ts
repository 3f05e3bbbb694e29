import type { PagesContext } from "../../shared/context.ts";
import { firstOf } from "../shared/first-of.ts";

// A list that a browser can show.
const MOST = 20;

/** IDs that fit a parameter and are known here, such as those of vehicles for `vehicleId`. */
export function knownIds(context: PagesContext, parameter: string): string[] {
  const { world, webhooks, services } = context;
  if (parameter === "userId") return firstOf(world.users.keys(), MOST);
  if (parameter === "hemSystemId") return firstOf(world.hemSystems.keys(), MOST);
  if (parameter === "assetId") return firstOf(world.devices.keys(), MOST);
  if (parameter === "locationId")
    return services.locations.page(new URLSearchParams()).data.map(({ id }) => id);
  if (parameter === "scheduleId") {
    const users = firstOf(world.users.keys(), MOST);
    const pages = users.map((id) => services.schedules.page(id, new URLSearchParams()).data);
    return pages
      .flat()
      .map(({ id }) => id)
      .slice(0, MOST);
  }
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
