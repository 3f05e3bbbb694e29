import type { Handlers } from "../http/handler.ts";
import type { World } from "../simulation/world/world.ts";
import type { WebhookRegistry } from "../webhooks/webhook-registry.ts";
import { deviceHandlers } from "./devices/handlers.ts";
import { interventionHandlers } from "./interventions/handlers.ts";
import { linkHandlers } from "./link/handlers.ts";
import type { LinkSessions } from "./link/link-sessions.ts";
import { locationHandlers } from "./locations/handlers.ts";
import type { LocationRepository } from "./locations/location-repository.ts";
import { scheduleHandlers } from "./schedules/handlers.ts";
import type { ScheduleService } from "./schedules/schedule-service.ts";
import { serviceHandlers } from "./service/handlers.ts";
import { smartChargingHandlers } from "./smart-charging/handlers.ts";
import type { OverrideService } from "./smart-charging/override-service.ts";
import type { SmartChargingService } from "./smart-charging/smart-charging-service.ts";
import { statisticsHandlers } from "./statistics/handlers.ts";
import type { InverterStatisticsService } from "./statistics/inverter-statistics-service.ts";
import { tariffHandlers } from "./tariffs/handlers.ts";
import type { TariffRepository } from "./tariffs/tariff-repository.ts";
import { userHandlers } from "./users/handlers.ts";
import { webhookHandlers } from "./webhooks/handlers.ts";

/** The services that the handlers use. */
export interface Services {
  /** The ID of the one client that the sandbox has. */
  readonly clientId: string;
  readonly world: World;
  readonly links: LinkSessions;
  readonly webhooks: WebhookRegistry;
  readonly locations: LocationRepository;
  readonly tariffs: TariffRepository;
  readonly schedules: ScheduleService;
  readonly overrides: OverrideService;
  readonly smartCharging: SmartChargingService;
  readonly inverterStatistics: InverterStatisticsService;
}

/** Every operation of the description. */
export function createHandlers(services: Services): Handlers {
  const { world, links, webhooks, locations, tariffs, schedules } = services;
  return {
    ...userHandlers(world, links),
    ...linkHandlers(world, links, services.clientId),
    ...deviceHandlers(world, locations),
    ...locationHandlers(world, locations),
    ...tariffHandlers(locations, tariffs),
    ...scheduleHandlers(world, schedules),
    ...smartChargingHandlers(world, services.smartCharging, services.overrides),
    ...statisticsHandlers(services),
    ...webhookHandlers(webhooks),
    ...interventionHandlers,
    ...serviceHandlers,
  };
}
