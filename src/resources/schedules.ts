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
  /** Lists the schedules of a user. */
  list(userId: string, query: PageQuery = {}, options?: ListOptions): List<Schedule> {
    return this.paged("listUserSchedules", { userId }, query, options);
  }

  /** Creates a schedule for a device of a user. */
  create(
    userId: string,
    schedule: ScheduleCreate,
    options?: RequestOptions,
  ): ResponsePromise<Schedule> {
    return this.api.request("createSchedule", { path: { userId }, body: schedule }, options);
  }

  /** Reads a schedule. */
  get(scheduleId: string, options?: RequestOptions): ResponsePromise<Schedule> {
    return this.api.request("getSchedule", { path: { scheduleId } }, options);
  }

  /** Changes a schedule. */
  update(
    scheduleId: string,
    schedule: ScheduleUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Schedule> {
    return this.api.request("updateSchedule", { path: { scheduleId }, body: schedule }, options);
  }

  /** Deletes a schedule. */
  delete(scheduleId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteSchedule", { path: { scheduleId } }, options);
  }

  /** Reads whether the device follows the schedule, and what comes next. */
  getStatus(scheduleId: string, options?: RequestOptions): ResponsePromise<ScheduleStatus> {
    return this.api.request("getScheduleStatus", { path: { scheduleId } }, options);
  }
}
