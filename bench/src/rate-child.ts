import { serve } from "./child.ts";
import { isTheVehicle, vehicle } from "./vehicle.ts";

/** So many calls at once, for one vehicle or each for another one. */
export interface Herd {
  calls: number;
  vehicles: "one" | "each";
}

export interface HerdResult {
  failed: number;
  wrong: number;
  /** Until the last call was done, in ms. */
  time: number;
}

const { Enode } = await import("../../dist/index.js");
const [baseUrl = "", limit] = process.argv.slice(2);
const enode = new Enode({
  clientId: "bench",
  clientSecret: "a-secret",
  environment: "sandbox",
  baseUrl,
  tokenUrl: `${baseUrl}/oauth2/token`,
  maxRequestsPerSecond: limit === undefined ? undefined : Number(limit),
});

// What is measured is a client that is in use: its code is loaded, and it has a token.
await enode.vehicles.get(vehicle.id);

serve(async ({ calls, vehicles }: Herd): Promise<HerdResult> => {
  const startedAt = performance.now();
  const results = await Promise.allSettled(
    Array.from({ length: calls }, (_, nth) =>
      enode.vehicles.get(vehicles === "one" ? vehicle.id : `vehicle-${nth}`),
    ),
  );
  return {
    failed: results.filter(({ status }) => status === "rejected").length,
    wrong: results.filter((each) => each.status === "fulfilled" && !isTheVehicle(each.value))
      .length,
    time: performance.now() - startedAt,
  };
});
