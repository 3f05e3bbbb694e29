import { CommandError } from "../shared/usage-error.ts";
import { namespaceOf, type StoreValues, withStore } from "../store/open-store.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** For how long an event may wait before it is worth a look, in ms. */
const LONG = 600_000;

/** Looks at a store of events: whether it can be opened, has its tables, and what is in it. */
export async function checkStore(
  values: StoreValues & { readonly namespace?: string },
): Promise<Finding[]> {
  const namespace = namespaceOf(values.namespace);
  try {
    const counts = await withStore(values, false, async ({ eventStore }) =>
      eventStore.counts?.(namespace),
    );
    const { waiting = 0, held = 0, dead = 0, oldestAge = 0 } = counts ?? {};
    const of = `of the namespace ${namespace}`;
    return [
      ok("store", "can be opened, and has its tables"),
      oldestAge > LONG
        ? warn(
            "waiting events",
            `${waiting + held} ${of}, the oldest for ${Math.round(oldestAge / 60_000)} minutes`,
            "check that a receiver is started, and its circuit is closed",
          )
        : ok("waiting events", `${waiting + held} ${of}`),
      dead > 0
        ? warn("dead letters", `${dead} ${of}`, "enode-sdk events dead shows them, with reasons")
        : ok("dead letters", `none ${of}`),
    ];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [fail("store", error.message, "correct --store, or run enode-sdk migrate")];
  }
}
