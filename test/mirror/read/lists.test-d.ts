/** Checked by `npm run types`, not run: what the mirror gives, by kind and completeness. */
import { expectTypeOf } from "vitest";
import type { Charger, DiscoveredVehicle, Vehicle } from "../../../generated/types.ts";
import type { Enode } from "../../../src/index.ts";
import type {
  ActivityRecorder,
  DeletedDevice,
  Mirror,
  MirroredDevice,
  MirrorList,
} from "../../../src/mirror/index.ts";

declare const mirror: Mirror;
declare const recorder: ActivityRecorder;
declare const enode: Enode;
declare const device: MirroredDevice;

// Kind and completeness give the type of the data.
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
// A selection that may be undefined must be decided on before: it would select everything.
declare const userId: string | undefined;
// @ts-expect-error
mirror.devices.list({ userId });
// @ts-expect-error
mirror.devices.list({ kind: undefined });
// @ts-expect-error
mirror.devices.list({ vendor: userId });
// @ts-expect-error
mirror.actions.list({ userId });
// @ts-expect-error
mirror.actions.list({ deviceId: userId });
// @ts-expect-error
mirror.users.list({ userId: "u1" });
// @ts-expect-error
mirror.backfill({ kinds: undefined });
// @ts-expect-error
recorder.activity({ userId });
// @ts-expect-error
enode.vehicles.list({ userId });
// @ts-expect-error
enode.user(userId);
// @ts-expect-error
enode.users.disconnectVendor("u1", "TESLA", userId);
// @ts-expect-error
enode.statistics.charging("u1", { type: "vehicle", id: userId, startDate: "" });
// What does not select may be undefined.
mirror.devices.list({ stale: undefined, includeDeleted: undefined });
mirror.backfill({ pageSize: undefined, signal: undefined });
recorder.activity({ userId: "u1", from: undefined, limit: undefined });

expectTypeOf<DeletedDevice["data"]>().toEqualTypeOf<null>();

mirror.devices.watch((change) => {
  if (change.type === "deleted") expectTypeOf(change.device).toEqualTypeOf<DeletedDevice>();
  else expectTypeOf(change.device).toEqualTypeOf<MirroredDevice>();
  if (change.type !== "added") expectTypeOf(change.previous).toEqualTypeOf<MirroredDevice>();
});
