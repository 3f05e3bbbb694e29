import { type Detector, numberOrNull, partOf } from "./detector.ts";

/** Away from all locations. */
const away = "";

/** At which of its user's locations a vehicle is. */
export const locationDetector: Detector = {
  key: "location",
  names: ["vehicle:arrived", "vehicle:left"],
  kinds: ["vehicle"],
  read(content) {
    const { id, latitude } = partOf(content, "location");
    if (typeof id === "string" && id !== "") return { "": id };
    // Without a position it is not known whether the vehicle is at a location.
    return { "": numberOrNull(latitude) === null ? null : away };
  },
  changes: (before, after) => [
    ...(before === away
      ? []
      : [{ name: "vehicle:left" as const, details: { locationId: before } }]),
    ...(after === away
      ? []
      : [{ name: "vehicle:arrived" as const, details: { locationId: after } }]),
  ],
  timeOf: (content) => partOf(content, "location")["lastUpdated"],
};
