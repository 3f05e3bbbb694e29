import { deviceKinds } from "../../model/kinds.ts";
import type { Content, Detector } from "./detector.ts";

/** What somebody has to do about a device. */
export const interventionDetector: Detector = {
  key: "interventions",
  names: ["intervention:needed", "intervention:cleared"],
  kinds: deviceKinds,
  read(content) {
    const { capabilities } = content;
    if (typeof capabilities !== "object" || capabilities === null) return undefined;
    const needed: Record<string, boolean> = {};
    for (const capability of Object.values(capabilities)) {
      const { interventionIds } = Object(capability) as Content;
      if (!Array.isArray(interventionIds)) continue;
      for (const id of interventionIds) needed[String(id)] = true;
    }
    return needed;
  },
  assumed: false,
  changes: (_, after, __, subject) => [
    {
      name: after === true ? "intervention:needed" : "intervention:cleared",
      details: { interventionId: subject },
    },
  ],
};
