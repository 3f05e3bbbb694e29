import { type Begin, covers } from "./scenario.ts";

/** Once a car is charged it reports UNPLUGGED, though its cable is still connected. */
export const beginUnpluggedAfterCharge: Begin = ({ world, scope }) => ({
  losesPlugs: true,
  end(now) {
    for (const car of world.lists.of("vehicle").all()) {
      if (covers(scope, car) && car.isMisread) car.misread(null, now);
    }
  },
});
