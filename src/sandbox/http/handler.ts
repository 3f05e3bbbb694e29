import type { OperationId } from "../../../generated/operations.ts";
import type { LinkSessions } from "../api/link/link-sessions.ts";
import type { LocationRepository } from "../api/locations/location-repository.ts";
import type { ScheduleService } from "../api/schedules/schedule-service.ts";
import type { OverrideService } from "../api/smart-charging/override-service.ts";
import type { SmartChargingService } from "../api/smart-charging/smart-charging-service.ts";
import type { InverterStatisticsService } from "../api/statistics/inverter-statistics-service.ts";
import type { TariffRepository } from "../api/tariffs/tariff-repository.ts";
import type { World } from "../simulation/world/world.ts";
import type { WebhookRegistry } from "../webhooks/webhook-registry.ts";
import { badRequest } from "./problems.ts";

/** What a handler gets to see of one call. */
export interface RequestContext {
  readonly world: World;
  readonly links: LinkSessions;
  readonly webhooks: WebhookRegistry;
  readonly locations: LocationRepository;
  readonly tariffs: TariffRepository;
  readonly schedules: ScheduleService;
  readonly overrides: OverrideService;
  readonly smartCharging: SmartChargingService;
  readonly inverterStatistics: InverterStatisticsService;
  /** The simulated time of the call, as a time stamp in milliseconds. */
  readonly now: number;
  readonly query: URLSearchParams;
  /** The value of a path parameter. */
  parameter(name: string): string;
  /** The JSON body; throws a 400 when there is none or it is not JSON. */
  body(): Promise<unknown>;
}

export type Handler = (call: RequestContext) => Response | Promise<Response>;

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
