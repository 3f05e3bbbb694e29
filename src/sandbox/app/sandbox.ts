import { LinkSessions } from "../api/link/link-sessions.ts";
import { LocationRepository } from "../api/locations/location-repository.ts";
import { DEFAULT_TOKEN_LIFETIME, TokenEndpoint } from "../api/oauth/token-endpoint.ts";
import { createHandlers, type Services } from "../api/operations.ts";
import { ScheduleService } from "../api/schedules/schedule-service.ts";
import { OverrideService } from "../api/smart-charging/override-service.ts";
import { SmartChargingService } from "../api/smart-charging/smart-charging-service.ts";
import { InverterStatisticsService } from "../api/statistics/inverter-statistics-service.ts";
import { TariffRepository } from "../api/tariffs/tariff-repository.ts";
import { EventLog } from "../events/event-log.ts";
import { FaultInjector } from "../faults/fault-injector.ts";
import { captureContext } from "../shared/async-context.ts";
import { Log } from "../shared/log.ts";
import { Random, type Seed, seedFrom } from "../shared/random.ts";
import { Recordings } from "../shared/recordings.ts";
import { createClock, type SimulatedClock } from "../shared/time/clock.ts";
import { ScenarioRunner } from "../simulation/scenarios/scenario-runner.ts";
import { invalidateCredentials } from "../simulation/world/credentials.ts";
import { createDevices } from "../simulation/world/device-control.ts";
import { seedFleet } from "../simulation/world/fleet.ts";
import { World } from "../simulation/world/world.ts";
import { DeliveryJournal } from "../webhooks/delivery-journal.ts";
import type { DeliveryEntry } from "../webhooks/delivery-log.ts";
import type { Deliver } from "../webhooks/delivery-sender.ts";
import { WebhookRegistry } from "../webhooks/webhook-registry.ts";
import { ApiCaller } from "./api-caller.ts";
import { canBegin, deferred } from "./deferred.ts";
import type { Sandbox } from "./handle.ts";
import { count, duration, interval, refuseUnknownOptions, type SandboxOptions } from "./options.ts";
import type { RequestEntry } from "./request-log.ts";
import { RequestPipeline } from "./request-pipeline.ts";
import { SimulationLoop } from "./simulation-loop.ts";
import { restore } from "./state/restore.ts";
import { snapshot } from "./state/snapshot.ts";
import type { SandboxState } from "./state/state.ts";

/** The seed where no random values are available: only the sandbox's own process can reach it. */
const MODULE_SEED = 0;

/** Nobody answers there: the end user of a sandbox in the same process is played by `completeLink()`. */
const NO_LINK_URL = "https://link.sandbox.invalid";

/**
 * Creates a simulated Enode API in this process. It opens no connection, writes no file and owns no timer: each read
 * computes the present state from the simulated time. Only while there is a webhook does it deliver events, with a
 * timer for the next one unless the clock is manual; that timer keeps no program from ending.
 *
 * At the top of a module of a Cloudflare Worker, where neither random values nor the time are available, it begins with
 * the first request, and its seed is 0 by default.
 *
 * @throws TypeError for an option that does not exist, RangeError for a value out of range.
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { createSandbox } from "enode-sdk/sandbox";
 *
 * const sandbox = createSandbox({ seed: 1, clock: "manual", fleet: { users: 1, vehiclesPerUser: 2 } });
 * const enode = new Enode({ environment: "sandbox", ...sandbox.credentials, fetch: sandbox.fetch });
 * for await (const vehicle of enode.vehicles.list()) console.log(vehicle.information.model);
 * ```
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  refuseUnknownOptions(options);
  const place = { linkUrl: NO_LINK_URL, isRecording: false };
  if (canBegin()) return buildSandbox(options, place).sandbox;
  const seed = seedFrom(options.seed ?? MODULE_SEED);
  const { credentials } = createTokenEndpoint(seed, createClock("manual"), options);
  return deferred(credentials, () => buildSandbox({ ...options, seed }, place).sandbox);
}

/** The access tokens of a sandbox, whose first values are the credentials. */
function createTokenEndpoint(
  seed: number,
  clock: SimulatedClock,
  options: SandboxOptions,
): TokenEndpoint {
  const lifetime = options.tokenLifetime ?? DEFAULT_TOKEN_LIFETIME;
  return new TokenEndpoint(new Random(seed, "tokens"), clock, lifetime);
}

/** A sandbox with its internal parts, and a function that ends its background work. */
export interface Built {
  readonly sandbox: Sandbox;
  readonly world: World;
  readonly clock: SimulatedClock;
  readonly links: LinkSessions;
  readonly webhooks: WebhookRegistry;
  readonly services: Services;
  readonly requestRecordings: Recordings;
  readonly deliveryRecordings: Recordings;
  readonly caller: ApiCaller;
  readonly seed: number;
  /** What another sandbox needs to go on with this one. */
  readonly snapshot: () => SandboxState;
  /** Changes the world; everything that is due happens before and after the change. */
  readonly act: <T>(work: () => T) => T;
  readonly stop: () => void;
}

/** Where a sandbox runs. */
export interface Place {
  /** Address of the Link UI, with no slash at its end. */
  readonly linkUrl: string;
  /** Whether there is a page that shows what went over the wire. */
  readonly isRecording: boolean;
  /** The state to begin with, in place of the seed and the fleet of the options. */
  readonly state?: SandboxState | undefined;
}

/** @throws StateError when parts of the state do not belong together. */
export function buildSandbox(
  options: SandboxOptions,
  { linkUrl, isRecording, state }: Place,
): Built {
  const seed = state?.seed ?? seedFrom(options.seed);
  const run = state === undefined ? 0 : state.run + 1;
  // What is created now has other IDs than what the sandboxes before have created.
  const drawn: Seed = run === 0 ? seed : `${seed}/run ${run}`;
  const clock = createClock(options.clock ?? "real", state?.time);
  const world = new World(
    seed,
    clock,
    {
      delay: duration("actionDelay", options.actionDelay, 2000),
      timeout: duration("actionTimeout", options.actionTimeout, 10_000),
    },
    drawn,
  );
  world.connectionLimit = count(
    "connectionLimit",
    options.connectionLimit,
    Number.POSITIVE_INFINITY,
  );
  const tokens = createTokenEndpoint(seed, clock, options);
  const links = new LinkSessions(world, new Random(drawn, "links"), linkUrl);
  const faults = new FaultInjector();
  const locations = new LocationRepository(world, new Random(drawn, "locations"));
  const tariffs = new TariffRepository(locations);
  const overrides = new OverrideService(world);
  const inverterStatistics = new InverterStatisticsService(world);
  const smartCharging = new SmartChargingService({
    world,
    random: new Random(drawn, "smart-charging"),
    locations,
    tariffs,
    overrides,
  });
  const schedules = new ScheduleService({
    world,
    random: new Random(drawn, "schedules"),
    locations,
    smartCharging: {
      overrideOf: (device) => overrides.of(device),
      switchOff(vehicle) {
        const policy = { ...vehicle.wire.smartChargingPolicy, isEnabled: false };
        smartCharging.setPolicy(vehicle, policy, world.now());
      },
    },
  });
  overrides.onChanged.push(() => schedules.touch());
  world.fateOfAction = (deviceId) => faults.takeForAction(deviceId);
  if (options.fleet !== undefined && state === undefined) seedFleet(world, options.fleet);
  const events = new EventLog();
  const requests = new Log<RequestEntry>();
  const deliveries = new Log<DeliveryEntry>();
  const requestRecordings = new Recordings(isRecording);
  const deliveryRecordings = new Recordings(isRecording);
  const send = options.deliver ?? sendOverHttp;
  const inOwnContext = captureContext();
  const deliver: Deliver = (request) => inOwnContext(() => send(request));
  const webhooks = new WebhookRegistry({
    seed: drawn,
    clock,
    deliver,
    rules: {
      retryWindow: duration("webhookRetryWindow", options.webhookRetryWindow, 300_000),
      heartbeatInterval: interval("heartbeatInterval", options.heartbeatInterval, 600_000),
      clock,
    },
    events,
    fault: (what) => faults.takeForDelivery(what),
    journal: new DeliveryJournal(deliveries, deliveryRecordings),
    onDue: () => loop.run(),
  });
  const loop = new SimulationLoop(world, clock, webhooks);
  const parts = { world, locations, tariffs, schedules, smartCharging, webhooks };
  if (state !== undefined) restore(parts, state);
  const scenarios = new ScenarioRunner(world, drawn, (work) => loop.act(work));
  for (const scenario of options.scenarios ?? []) scenarios.begin(scenario);
  const services: Services = {
    clientId: tokens.credentials.clientId,
    world,
    links,
    webhooks,
    locations,
    tariffs,
    schedules,
    overrides,
    smartCharging,
    inverterStatistics,
  };
  const handlers = createHandlers(services);
  const pipeline = new RequestPipeline({
    clock,
    loop,
    tokens,
    faults,
    handlers,
    requests,
    recordings: requestRecordings,
  });
  const sandbox: Sandbox = {
    async fetch(input, init) {
      // Checked by shape: a Request may come from another realm or from another implementation of fetch.
      const isRequest = typeof input === "object" && "url" in input;
      const request = isRequest && init === undefined ? input : new Request(input, init);
      request.signal.throwIfAborted();
      return pipeline.answer(request);
    },
    credentials: tokens.credentials,
    clock: {
      now: () => clock.now(),
      advance(time) {
        clock.advance(time);
        loop.run();
      },
    },
    tokens,
    devices: createDevices(world, (work) => loop.act(work)),
    faults,
    scenarios,
    async completeLink(linkToken, completion) {
      return loop.act(() => links.complete(linkToken, completion));
    },
    invalidateCredentials(userId, vendor) {
      loop.act(() => invalidateCredentials(world, userId, vendor));
    },
    events,
    requests,
    deliveries,
    deliver: () => loop.deliver(),
  };
  return {
    sandbox,
    world,
    clock,
    links,
    webhooks,
    services,
    requestRecordings,
    deliveryRecordings,
    caller: new ApiCaller({
      pipeline,
      tokens,
      random: new Random(drawn, "caller"),
      recordings: requestRecordings,
    }),
    seed,
    snapshot: () => loop.act(() => snapshot(parts, { seed, run })),
    act: (work) => loop.act(work),
    stop: () => loop.close(),
  };
}

/**
 * Sends a delivery by the global fetch, which is read each time: tests replace it. It gets an address and an init, as
 * some replacements take no Request.
 */
async function sendOverHttp(request: Request): Promise<Response> {
  const { url, method, headers, redirect, signal } = request;
  const body = await request.arrayBuffer();
  return globalThis.fetch(url, { method, headers, body, redirect, signal });
}
