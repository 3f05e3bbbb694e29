/** Checked by `npm run types`, not run: what the mirror gives, by kind and completeness. */
import { expectTypeOf } from "vitest";
import type { Charger, DiscoveredVehicle, Vehicle } from "../../generated/types.ts";
import type { DeletedDevice, Mirror, MirroredDevice, MirrorList } from "../../src/mirror/index.ts";

declare const mirror: Mirror;
declare const device: MirroredDevice;

// Kind and completeness tell what the data is.
if (device.kind === "vehicle") {
  expectTypeOf(device.data).toEqualTypeOf<Vehicle | DiscoveredVehicle>();
  if (!device.partial) expectTypeOf(device.data).toEqualTypeOf<Vehicle>();
  else expectTypeOf(device.data).toEqualTypeOf<DiscoveredVehicle>();
}
// What is discovered of a charger is all of it.
if (device.kind === "charger") expectTypeOf(device.data).toEqualTypeOf<Charger>();

expectTypeOf(mirror.devices.list({ kind: "charger" })).toEqualTypeOf<
  MirrorList<MirroredDevice<"charger">>
>();
expectTypeOf(mirror.devices.list()).toEqualTypeOf<MirrorList<MirroredDevice>>();
expectTypeOf(mirror.devices.list({ kind: "meter", includeDeleted: true })).toEqualTypeOf<
  MirrorList<MirroredDevice<"meter"> | DeletedDevice<"meter">>
>();
expectTypeOf<DeletedDevice["data"]>().toEqualTypeOf<null>();

mirror.devices.watch((change) => {
  if (change.type === "deleted") expectTypeOf(change.device).toEqualTypeOf<DeletedDevice>();
  else expectTypeOf(change.device).toEqualTypeOf<MirroredDevice>();
  if (change.type !== "added") expectTypeOf(change.previous).toEqualTypeOf<MirroredDevice>();
});
