// Run as a process of its own, several at a time: makes the file, appends, and claims until nothing is left.
import { sqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { deliveryOf, placesOf } from "./event-store-cases.ts";

const [path = ""] = process.argv.slice(2);
const lanes = Array.from({ length: 60 }, () => null);

process.once("message", async () => {
  const { eventStore } = sqliteStorage({ path });
  const outcome = await eventStore.append(deliveryOf("a", lanes));
  const places: string[] = [];
  for (;;) {
    const events = await eventStore.claim(1, 3_600_000);
    if (events.length === 0) break;
    places.push(...placesOf(events));
    // Lets the others in between.
    await new Promise(setImmediate);
  }
  process.send?.({ outcome, places });
});
process.send?.("ready");
