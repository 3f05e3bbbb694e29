import { deviceKinds } from "../../model/kinds.ts";
import { booleanOrNull, type Detector } from "./detector.ts";

/** Whether live data can be had. */
export const reachabilityDetector: Detector = {
  key: "reachability",
  names: ["device:reachable", "device:unreachable"],
  kinds: deviceKinds,
  read: (content) => ({ "": booleanOrNull(content["isReachable"]) }),
  changes: (_, after) => [{ name: after === true ? "device:reachable" : "device:unreachable" }],
};
