/** Checked by `npm run types`, not run: what handlers of transitions get, and which options they have. */
import { expectTypeOf, test } from "vitest";
import type { Charger, Vehicle } from "../../../generated/types.ts";
import type { Mirror, MirroredUser } from "../../../src/mirror/index.ts";

declare const mirror: Mirror;

test("a handler gets the transition of its name", () => {
  mirror.onTransition("vehicle:plugged-in", ({ name, device, previous }) => {
    expectTypeOf(name).toEqualTypeOf<"vehicle:plugged-in">();
    expectTypeOf(device.data).toEqualTypeOf<Vehicle>();
    expectTypeOf(previous.data).toEqualTypeOf<Vehicle>();
  });
  mirror.onTransition("charger:unplugged", ({ device }) => {
    expectTypeOf(device.data).toEqualTypeOf<Charger>();
  });
  mirror.onTransition("credentials:invalid", (transition) => {
    expectTypeOf(transition.user).toEqualTypeOf<MirroredUser>();
    // @ts-expect-error It is about an account, and about no device.
    transition.device;
  });
  mirror.onTransition("*", (transition) => {
    if (transition.name === "vehicle:level-crossed") {
      expectTypeOf(transition.direction).toEqualTypeOf<"up" | "down">();
    }
  });
});

test("a handler has the options of its name", () => {
  const handler = () => undefined;
  mirror.onTransition("vehicle:level-crossed", handler, { below: 20, settle: "2m" });
  mirror.onTransition("meter:import-above", handler, { kW: 5, settle: 500 });
  mirror.onTransition("*", handler, { kW: 5, above: 80 });
  // @ts-expect-error It needs a bound.
  mirror.onTransition("vehicle:level-crossed", handler);
  // @ts-expect-error It needs a bound.
  mirror.onTransition("meter:import-above", handler, {});
  // @ts-expect-error It has no bound.
  mirror.onTransition("vehicle:unplugged", handler, { below: 20 });
  // @ts-expect-error It is no time span.
  mirror.onTransition("vehicle:unplugged", handler, { settle: "2 days" });
  // @ts-expect-error There is no such transition.
  mirror.onTransition("vehicle:plugged", handler);
});
