import type { OperationId } from "../../generated/operations.ts";
import type { LinkDesk } from "./link.ts";
import type { LocationDesk } from "./locations.ts";
import { badRequest } from "./problems.ts";
import type { ScheduleDesk } from "./schedules.ts";
import type { SmartChargingDesk } from "./smart-charging.ts";
import type { OverrideDesk } from "./smart-overrides.ts";
import type { InverterStatisticsDesk } from "./statistics-inverters.ts";
import type { TariffDesk } from "./tariffs.ts";
import type { WebhookDesk } from "./webhooks.ts";
import type { World } from "./world.ts";

/** What a handler gets to see of one call. */
export interface Call {
  readonly world: World;
  readonly links: LinkDesk;
  readonly webhooks: WebhookDesk;
  readonly locations: LocationDesk;
  readonly tariffs: TariffDesk;
  readonly schedules: ScheduleDesk;
  readonly overrides: OverrideDesk;
  readonly smartCharging: SmartChargingDesk;
  readonly inverterStatistics: InverterStatisticsDesk;
  /** The simulated time of the call, as a time stamp in milliseconds. */
  readonly now: number;
  readonly query: URLSearchParams;
  /** The value of a path parameter. */
  parameter(name: string): string;
  /** The JSON body; throws a 400 when there is none or it is not JSON. */
  body(): Promise<unknown>;
}

export type Handler = (call: Call) => Response | Promise<Response>;

/** Handlers of some operations. */
export type Handlers<Id extends OperationId = OperationId> = Readonly<Record<Id, Handler>>;

export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(text === "" ? "A JSON body is needed" : "The body is not JSON");
  }
}
