import { booleanOrNull, type Detector, partOf } from "./detector.ts";

/** Whether an inverter delivers energy. */
export const productionDetector: Detector = {
  key: "production",
  names: ["inverter:production-started", "inverter:production-ended"],
  kinds: ["inverter"],
  read: (content) => ({ "": booleanOrNull(partOf(content, "productionState")["isProducing"]) }),
  changes: (_, after) => [
    { name: after === true ? "inverter:production-started" : "inverter:production-ended" },
  ],
  timeOf: (content) => partOf(content, "productionState")["lastUpdated"],
};
