import { AsyncLocalStorage } from "node:async_hooks";
import type { Sandbox } from "../../src/sandbox/app/handle.ts";
import type { SandboxOptions } from "../../src/sandbox/app/options.ts";
import type * as real from "../../src/sandbox/app/sandbox.ts";
import type * as faults from "../../src/sandbox/faults/fault-injector.ts";
import { copyOf, type Violation, violationsOf } from "./contract.ts";
import { faultsOfDelivery } from "./event-contract.ts";
import { note } from "./sandbox-violations.ts";

type SandboxModule = typeof real;

/** What is known of one call while it is answered. */
interface Visit {
  isFaulty: boolean;
}

const visits = new AsyncLocalStorage<Visit>();

/** The module that makes sandboxes, with each one's traffic checked against the OpenAPI file, deliveries too. */
export function watched(original: SandboxModule, { FaultInjector }: typeof faults): SandboxModule {
  const { take } = FaultInjector.prototype;
  FaultInjector.prototype.take = function (target) {
    const fault = take.call(this, target);
    const visit = visits.getStore();
    // What a test asked for need not be as described.
    if (fault !== undefined && visit !== undefined) visit.isFaulty = true;
    return fault;
  };
  return {
    ...original,
    createSandbox: (options = {}) => observed(original.createSandbox(observing(options))),
    buildSandbox(options, ...others) {
      const built = original.buildSandbox(observing(options), ...others);
      return { ...built, sandbox: observed(built.sandbox) };
    },
  };
}

function observing(options: SandboxOptions): SandboxOptions {
  const { deliver = (request: Request) => globalThis.fetch(request) } = options;
  return {
    ...options,
    deliver(request) {
      note(faultsOf(request.clone()));
      return deliver(request);
    },
  };
}

async function faultsOf(delivery: Request): Promise<readonly string[]> {
  const text = await delivery.clone().text();
  // What a test asked for need not be as described.
  return text.includes('"sandboxUnknown"') ? [] : faultsOfDelivery(delivery);
}

function observed(sandbox: Sandbox): Sandbox {
  return { ...sandbox, fetch: watchedFetch(sandbox.fetch) };
}

function watchedFetch(fetch: Sandbox["fetch"]): Sandbox["fetch"] {
  return async (input, init) => {
    const request =
      input instanceof Request && init === undefined ? input : new Request(input, init);
    const copy = request.signal.aborted ? undefined : copyOf(request);
    const visit: Visit = { isFaulty: false };
    const response = await visits.run(visit, () => fetch(request));
    if (copy !== undefined && !visit.isFaulty)
      note(told(violationsOf(copy, response.clone(), RULES)));
    return response;
  };
}

const RULES = { invalidRequests: "refused-or-violation" } as const;

async function told(violations: Promise<Violation[]>): Promise<string[]> {
  return (await violations).map(
    ({ operationId, where, what }) => `${operationId}, ${where}: ${what}`,
  );
}
