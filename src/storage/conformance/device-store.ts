import type { DeviceStore } from "../contracts.ts";
import { type ConformanceCase, casesOf } from "./case.ts";
import { deviceLists } from "./device-lists.ts";
import { deviceRemovals } from "./device-removals.ts";
import { deviceUpserts } from "./device-upserts.ts";

/** What every {@link DeviceStore} has to do. */
export const deviceStoreCases: readonly ConformanceCase<DeviceStore>[] = casesOf<DeviceStore>(
  "DeviceStore",
  { ...deviceUpserts, ...deviceLists, ...deviceRemovals },
);
