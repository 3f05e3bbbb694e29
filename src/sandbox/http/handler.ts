import type { OperationId } from "../../../generated/operations.ts";
import type { LinkDesk } from "../api/link/link-sessions.ts";
import type { LocationDesk } from "../api/locations/location-repository.ts";
import type { ScheduleDesk } from "../api/schedules/schedule-service.ts";
import type { OverrideDesk } from "../api/smart-charging/override-service.ts";
import type { SmartChargingDesk } from "../api/smart-charging/smart-charging-service.ts";
import type { InverterStatisticsDesk } from "../api/statistics/inverter-statistics-service.ts";
import type { TariffDesk } from "../api/tariffs/tariff-repository.ts";
import type { World } from "../simulation/world/world.ts";
import type { WebhookDesk } from "../webhooks/webhook-registry.ts";
import { badRequest } from "./problems.ts";

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
