import { type Detector, hasReached, numberOrNull, partOf } from "./detector.ts";

/** Whether a site draws as much from the grid, in kW. */
export function importDetector(kW: number, hysteresis: number): Detector {
  return {
    key: `import ${JSON.stringify([kW, hysteresis])}`,
    names: ["meter:import-above"],
    kinds: ["meter"],
    read(content, before) {
      const power = numberOrNull(partOf(content, "energyState")["power"]);
      // Its bound is part of the ID of a transition.
      const subject = `${kW}`;
      return {
        [subject]: power === null ? null : hasReached(power - kW, hysteresis, before(subject)),
      };
    },
    changes: (_, after) => (after === true ? [{ name: "meter:import-above" }] : []),
    timeOf: (content) => partOf(content, "energyState")["lastUpdated"],
  };
}
