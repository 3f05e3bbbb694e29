import { booleanOrNull, type Content, type Detector, partOf } from "./detector.ts";

/** Whether energy flows into a battery, or out of a charger. */
export function chargingDetector(kind: "vehicle" | "charger"): Detector {
  return {
    key: `${kind}:charging`,
    names: [
      `${kind}:charging-started`,
      `${kind}:charging-stopped`,
      ...(kind === "vehicle" ? (["vehicle:charging-completed"] as const) : []),
    ],
    kinds: [kind],
    read: (content) => ({ "": booleanOrNull(partOf(content, "chargeState")["isCharging"]) }),
    changes(_, after, content) {
      if (after === true) return [{ name: `${kind}:charging-started` }];
      const isComplete = kind === "vehicle" && isFull(content);
      return [{ name: isComplete ? "vehicle:charging-completed" : `${kind}:charging-stopped` }];
    },
    timeOf: (content) => partOf(content, "chargeState")["lastUpdated"],
  };
}

function isFull(content: Content): boolean {
  const { isFullyCharged, powerDeliveryState } = partOf(content, "chargeState");
  return isFullyCharged === true || powerDeliveryState === "PLUGGED_IN:COMPLETE";
}
