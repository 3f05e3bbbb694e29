import { deviceKinds } from "../../../../simulation/devices/catalogue.ts";
import type { PagesContext } from "../../../shared/context.ts";
import type { Command } from "../../shared/tab.ts";

const USER = "demo";

/** Creates a user with a device of each kind. */
export function householdCommand({ sandbox, world }: PagesContext): Command {
  return () => {
    if (world.users.has(USER))
      return { message: `The user ${USER} exists already.`, query: { user: USER } };
    for (const kind of deviceKinds) sandbox.devices.add(USER, kind);
    return { message: `The user ${USER} has a household of ${deviceKinds.length} devices.` };
  };
}
