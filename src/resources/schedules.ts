import type {
  Schedule,
  ScheduleCreate,
  ScheduleStatus,
  ScheduleUpdate,
} from "../../generated/types.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Weekly schedules that Enode carries out on vehicles, chargers and HVAC units. */
export class Schedules extends Resource {
  /**
   * Lists the schedules of a user.
   *
   * @param userId - ID of the user at Enode.
   * @param query - Where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const schedule of enode.schedules.list("user-1")) console.log(schedule.id);
   * ```
   */
  list(userId: string, query: PageQuery = {}, options?: ListOptions): List<Schedule> {
    return this.paged("listUserSchedules", { userId }, query, options);
  }

  /**
   * Creates a schedule for a device of a user.
   *
   * @param userId - ID of the user at Enode.
   * @param schedule - The device, and when it is to charge, or which temperature it is to hold.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const schedule = await enode.schedules.create("user-1", {
   *   targetId: "a-charger-id",
   *   targetType: "charger",
   *   locationId: null,
   *   isEnabled: true,
   *   defaultShouldCharge: false,
   *   rules: [{ shouldCharge: true, hourMinute: { from: "23:00", to: "05:30" } }],
   * });
   * ```
   */
  create(
    userId: string,
    schedule: ScheduleCreate,
    options?: RequestOptions,
  ): ResponsePromise<Schedule> {
    return this.api.request("createSchedule", { path: { userId }, body: schedule }, options);
  }

  /**
   * Reads a schedule.
   *
   * @param scheduleId - ID of the schedule.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const schedule = await enode.schedules.get("a-schedule-id");
   * ```
   */
  get(scheduleId: string, options?: RequestOptions): ResponsePromise<Schedule> {
    return this.api.request("getSchedule", { path: { scheduleId } }, options);
  }

  /**
   * Changes a schedule.
   *
   * @param scheduleId - ID of the schedule.
   * @param schedule - What to change.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const schedule = await enode.schedules.update("a-schedule-id", { isEnabled: false });
   * ```
   */
  update(
    scheduleId: string,
    schedule: ScheduleUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Schedule> {
    return this.api.request("updateSchedule", { path: { scheduleId }, body: schedule }, options);
  }

  /**
   * Deletes a schedule.
   *
   * @param scheduleId - ID of the schedule.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.schedules.delete("a-schedule-id");
   * ```
   */
  delete(scheduleId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteSchedule", { path: { scheduleId } }, options);
  }

  /**
   * Reads whether the device follows the schedule, and what comes next.
   *
   * @param scheduleId - ID of the schedule.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const status = await enode.schedules.getStatus("a-schedule-id");
   * ```
   */
  getStatus(scheduleId: string, options?: RequestOptions): ResponsePromise<ScheduleStatus> {
    return this.api.request("getScheduleStatus", { path: { scheduleId } }, options);
  }
}
