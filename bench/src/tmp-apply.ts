import { measureApplying } from "./applying.ts"; import { Places } from "./engines.ts";
const places = await Places.make();
console.log(JSON.stringify(await measureApplying(places, { heats: 1, rounds: 5, deliveries: 50 }), null, 1));
await places.remove();
