import { describe, expect, it } from "vitest";
import type { TransitionName } from "../../../src/mirror/index.ts";
import { millisecondsOf } from "../../../src/mirror/transitions/duration.ts";
import { wishOf } from "../../../src/mirror/transitions/watches.ts";
import { stubbedWorld } from "../support/world.ts";

describe("a handler of transitions", () => {
  it.each<[unknown, string]>([
    [
      "vehicle:plugedin",
      'No transition is named "vehicle:plugedin"; did you mean vehicle:plugged-in?',
    ],
    ["nothing of the kind at all", 'No transition is named "nothing of the kind at all".'],
    ["toString", 'No transition is named "toString".'],
    [undefined, "No transition is named undefined."],
  ])("of an unknown name is refused (%s)", (name, message) => {
    expect(() => wishOf(name as TransitionName)).toThrow(message);
  });

  it.each<[TransitionName | "*", unknown, string, string]>([
    ["vehicle:level-crossed", {}, "above", "pass above, below or both"],
    ["battery:level-crossed", { hysteresis: 1 }, "above", "pass above, below or both"],
    ["vehicle:level-crossed", { above: 101 }, "above", "a number from 0 to 100"],
    ["vehicle:level-crossed", { above: Number.NaN }, "above", "a number from 0 to 100"],
    ["vehicle:level-crossed", { below: "20" }, "below", "a number from 0 to 100"],
    ["vehicle:level-crossed", { above: 20, below: 80 }, "below", "must be less than above"],
    ["vehicle:level-crossed", { above: 80, below: 80 }, "below", "must be less than above"],
    ["vehicle:level-crossed", { above: 80, hysteresis: -1 }, "hysteresis", "from 0 to 100"],
    ["*", { above: 20, below: 80 }, "below", "must be less than above"],
    ["meter:import-above", {}, "kW", "pass kW"],
    ["meter:import-above", { kW: -1 }, "kW", "a number from 0."],
    ["meter:import-above", { kW: Number.POSITIVE_INFINITY }, "kW", "a number from 0."],
    ["meter:import-above", { kW: 1, hysteresis: Number.NaN }, "hysteresis", "from 0."],
    ["hvac:temperature-reached", { hysteresis: -0.5 }, "hysteresis", "from 0 to 100"],
    ["vehicle:plugged-in", { settle: -1 }, "settle", "must be a number of ms, or a text"],
    ["vehicle:plugged-in", { settle: "2 minutes" }, "settle", 'such as "30s", "2m" or "1h"'],
    ["vehicle:plugged-in", { settle: "2d" }, "settle", "of a day at most"],
    ["vehicle:plugged-in", { settle: "25h" }, "settle", "of a day at most"],
    ["vehicle:plugged-in", { settle: Number.NaN }, "settle", "must be a number of ms"],
    ["vehicle:plugged-in", { settle: null }, "settle", "must be a number of ms"],
    ["vehicle:plugged-in", { catchUp: "yes" }, "catchUp", "true or false"],
    ["vehicle:plugged-in", { setle: 1 }, "setle", "did you mean settle?"],
    ["vehicle:plugged-in", { above: 80 }, "above", "has no option"],
    ["action:failed", { settle: 1 }, "settle", "has no option"],
    ["vehicle:plugged-in", null, "options", "must be an object"],
    ["vehicle:plugged-in", "2m", "options", "must be an object"],
  ])("of %s with %j is refused", (name, options, parameter, message) => {
    const wish = () => wishOf(name, options as object);
    expect(wish).toThrow(expect.objectContaining({ name: "ConfigurationError", parameter }));
    expect(wish).toThrow(message);
  });

  it("that is no function is refused", () => {
    const { mirror } = stubbedWorld();
    for (const handler of [undefined, null, "push"]) {
      expect(() => mirror.onTransition("*", handler as never)).toThrow(
        "handler must be a function",
      );
    }
  });

  it("of all names hears those with bounds only when it names the bounds", () => {
    const keysOf = (options: object) => wishOf("*", options).watches.map(({ key }) => key);
    const without = keysOf({});
    const levels = ["vehicle", "battery"].map((kind) => `${kind}:level [80,null,2]`);
    expect(keysOf({ above: 80 }).filter((key) => !without.includes(key))).toEqual(levels);
    expect(keysOf({ kW: 5 }).filter((key) => !without.includes(key))).toEqual(["import [5,0.5]"]);
    expect(wishOf("*").actions).toBe(true);
  });
});

describe("a time span", () => {
  it("is a number of ms, or a text", () => {
    const spans = [0, 1_500, "250ms", "30s", "2m", "1.5h"].map((each) => millisecondsOf("x", each));
    expect(spans).toEqual([0, 1_500, 250, 30_000, 120_000, 5_400_000]);
  });
});
