import type { KeptSeries } from "../../storage/contracts/index.ts";
import type { CheckedReadingStore } from "../store/checked-store.ts";

/** The series of a device while it belonged to a user: to its present one, unless another one is named. */
export async function seriesOfDevice(
  store: CheckedReadingStore,
  deviceId: string,
  userId: string | undefined,
): Promise<{ userId: string | undefined; series: KeptSeries[] }> {
  const all = await store.series(userId === undefined ? { deviceId } : { deviceId, userId });
  if (userId !== undefined) return { userId, series: all };
  let newest: KeptSeries | undefined;
  for (const each of all) {
    // Of two at the same time always the same one.
    const order = newest ? each.lastAt - newest.lastAt || Number(each.userId > newest.userId) : 1;
    if (order > 0) newest = each;
  }
  return {
    userId: newest?.userId,
    series: all.filter((each) => each.userId === newest?.userId),
  };
}
