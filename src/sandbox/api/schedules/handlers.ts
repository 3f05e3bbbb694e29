import type { Handlers } from "../../http/handler.ts";
import { noContent, ok } from "../../http/responses.ts";
import type { World } from "../../simulation/world/world.ts";
import { findUser } from "../users/find-user.ts";
import { readNewSchedule, readScheduleChanges } from "./schedule-input.ts";
import type { ScheduleService } from "./schedule-service.ts";

/** The operations on schedules. */
export function scheduleHandlers(
  world: World,
  schedules: ScheduleService,
): Handlers<
  | "listUserSchedules"
  | "createSchedule"
  | "getSchedule"
  | "updateSchedule"
  | "deleteSchedule"
  | "getScheduleStatus"
> {
  return {
    // Whoever never linked anything has no schedules.
    listUserSchedules: ({ query, parameter }) => ok(schedules.page(parameter("userId"), query)),
    async createSchedule(request) {
      const input = readNewSchedule(await request.body());
      return ok(schedules.create(findUser(world, request).id, input));
    },
    getSchedule: ({ parameter }) => ok(schedules.require(parameter("scheduleId")).wire),
    async updateSchedule(request) {
      const body = await request.body();
      const schedule = schedules.require(request.parameter("scheduleId"));
      return ok(schedules.update(schedule, readScheduleChanges(body, schedule.wire)));
    },
    deleteSchedule({ parameter }) {
      schedules.remove(schedules.require(parameter("scheduleId")));
      return noContent();
    },
    getScheduleStatus: ({ parameter, now }) =>
      ok(schedules.require(parameter("scheduleId")).statusAt(now)),
  };
}
