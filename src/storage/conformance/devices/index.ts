import type { DeviceStore } from "../../contracts/index.ts";
import { type ConformanceCase, casesOf } from "../shared/case.ts";
import { deviceLists } from "./lists.ts";
import { deviceReadings } from "./readings.ts";
import { deviceRemovals } from "./removals.ts";
import { deviceUpserts } from "./upserts.ts";

/** What every {@link DeviceStore} has to do. */
export const deviceStoreCases: readonly ConformanceCase<DeviceStore>[] = casesOf<DeviceStore>(
  "DeviceStore",
  { ...deviceUpserts, ...deviceReadings, ...deviceLists, ...deviceRemovals },
);
