import { booleanOrNull, type Detector, partOf } from "./detector.ts";

/** Whether a cable is connected. */
export function plugDetector(kind: "vehicle" | "charger"): Detector {
  return {
    key: `${kind}:plug`,
    names: [`${kind}:plugged-in`, `${kind}:unplugged`],
    kinds: [kind],
    read: (content) => ({ "": booleanOrNull(partOf(content, "chargeState")["isPluggedIn"]) }),
    changes: (_, after) => [{ name: `${kind}:${after === true ? "plugged-in" : "unplugged"}` }],
    timeOf: (content) => partOf(content, "chargeState")["lastUpdated"],
  };
}
