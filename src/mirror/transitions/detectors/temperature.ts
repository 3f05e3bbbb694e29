import { type Content, type Detector, hasReached, numberOrNull, partOf } from "./detector.ts";

/** Whether the air has the temperature that an HVAC unit is set to. */
export function temperatureDetector(hysteresis: number): Detector {
  return {
    key: `temperature ${hysteresis}`,
    names: ["hvac:temperature-reached"],
    kinds: ["hvac"],
    read(content, before) {
      const distance = distanceOf(content);
      return { "": distance === null ? null : hasReached(distance, hysteresis, before("")) };
    },
    changes: (_, after) => (after === true ? [{ name: "hvac:temperature-reached" }] : []),
    timeOf: (content) => partOf(content, "temperatureState")["lastUpdated"],
  };
}

/** By how much the temperature is beyond the setpoint, in °C; null when not known, or when nothing is to be reached. */
function distanceOf(content: Content): number | null {
  const { mode, heatSetpoint, coolSetpoint } = partOf(content, "thermostatState");
  const temperature = numberOrNull(partOf(content, "temperatureState")["currentTemperature"]);
  if (temperature === null) return null;
  const heat = numberOrNull(heatSetpoint);
  const cool = numberOrNull(coolSetpoint);
  const distances: number[] = [];
  if ((mode === "HEAT" || mode === "AUTO") && heat !== null) distances.push(temperature - heat);
  if ((mode === "COOL" || mode === "AUTO") && cool !== null) distances.push(cool - temperature);
  return distances.length === 0 ? null : Math.min(...distances);
}
