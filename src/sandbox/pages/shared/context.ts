import type { LinkSessions } from "../../api/link/link-sessions.ts";
import type { Services } from "../../api/operations.ts";
import type { Sandbox } from "../../app/handle.ts";
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
  /** Finds link sessions by their tokens. */
  readonly links: LinkSessions;
  /** What the operations of the API use: locations, tariffs, schedules, smart charging. */
  readonly services: Services;
  /** Changes or reads the world; everything that is due happens before and after. */
  readonly act: <T>(work: () => T) => T;
}

/** Answers a request for a page; returns undefined when it is for the API. The answer may be a stream. */
export type Pages = (request: Request) => Promise<Response> | undefined;
