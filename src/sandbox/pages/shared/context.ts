import type { LinkSessions } from "../../api/link/link-sessions.ts";
import type { Services } from "../../api/operations.ts";
import type { ApiCaller } from "../../app/api-caller.ts";
import type { Sandbox } from "../../app/handle.ts";
import type { Recordings } from "../../shared/recordings.ts";
import type { SimulatedClock } from "../../shared/time/clock.ts";
import type { World } from "../../simulation/world/world.ts";
import type { WebhookRegistry } from "../../webhooks/webhook-registry.ts";

/** The parts of a sandbox that pages use. */
export interface PagesContext {
  /** With its `faults`, its `requests` and `deliveries` logs, its `devices` and `completeLink()`. */
  readonly sandbox: Sandbox;
  /** URL of the API, with no slash at its end. */
  readonly apiUrl: string;
  /** The environment variables of a program that uses the sandbox. */
  readonly env: Readonly<Record<string, string>>;
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly webhooks: WebhookRegistry;
  /** What went over the wire, by the numbers of the log of requests. */
  readonly requestRecordings: Recordings;
  /** What went over the wire, by the numbers of the log of deliveries. */
  readonly deliveryRecordings: Recordings;
  /** Calls the API as a client would. */
  readonly caller: ApiCaller;
  /** Finds link sessions by their tokens. */
  readonly links: LinkSessions;
  /** What the operations of the API use: locations, tariffs, schedules, smart charging. */
  readonly services: Services;
  /** Changes or reads the world; everything that is due happens before and after. */
  readonly act: <T>(work: () => T) => T;
}

/** Answers a request for a page; returns undefined when it is for the API. The answer may be a stream. */
export type Pages = (request: Request) => Promise<Response> | undefined;
