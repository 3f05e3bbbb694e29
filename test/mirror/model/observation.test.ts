import { describe, expect, it } from "vitest";
import { observationOf } from "../../../src/mirror/model/observation.ts";
import { at, begin, dateHeader } from "../support/world.ts";

const { date } = dateHeader(100);
const here = begin + 7_000_000;

describe("when Enode looked", () => {
  it("is the date of the answer less the time that the call took", () => {
    const observation = observationOf(date, 250, here, here);
    expect(observation.of({ id: "v" })).toBe(begin + 99_750);
    expect(observation.bound).toBe(begin + 99_750);
    expect(observation.until).toBe(begin + 101_000);
  });

  it("is after the newest reading in the answer, however deep it is", () => {
    const observation = observationOf(date, 250, here, here);
    const resource = { lastSeen: at(99.8), chargeState: { level: 3, lastUpdated: at(99.9) } };
    expect(observation.of(resource)).toBe(begin + 99_901);
  });

  it("is not shifted by a reading from the future", () => {
    expect(observationOf(date, 0, here, here).of({ lastSeen: at(5_000) })).toBe(begin + 101_000);
  });

  it("is not shifted by times that are not of a reading, or are invalid", () => {
    const resource = { expectedAt: at(100.5), lastSeen: "yesterday", lastUpdated: null };
    expect(observationOf(date, 250, here, here).of(resource)).toBe(begin + 99_750);
  });

  it("follows from the readings alone when there is no date", () => {
    for (const header of [null, "", "soon"]) {
      const observation = observationOf(header, 250, here, here);
      expect(observation.of({ lastSeen: at(5) })).toBe(begin + 5_001);
      expect(observation.bound).toBeUndefined();
    }
  });

  it("is when the request was made, by this machine, when there is no time in the answer", () => {
    expect(observationOf(null, 250, here, here).of({ id: "v" })).toBe(here);
  });
});
