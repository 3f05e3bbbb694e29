import { serve } from "./child.ts";
import { makeBody } from "./deliveries.ts";
import { bare, makeVerifier, type VerifierName } from "./verifiers.ts";

/** What a child is asked to do at a time. */
export interface VerifyRound {
  events: number;
  calls: number;
  /** Who begins. */
  bareFirst: boolean;
}

/** Microseconds for one delivery, on average over a round. */
export interface Cost {
  cpu: number;
  wall: number;
}

export interface VerifySample {
  own: Cost;
  /** The same deliveries by hand, in the same process, right before or after. */
  bare: Cost;
  wrong: number;
}

/** Different ones, so that nobody sees the same bytes twice in a row. */
const deliveries = 8;

const [name] = process.argv.slice(2) as [VerifierName];
const verifier = await makeVerifier(name);
const bodies = new Map<number, Buffer[]>();

serve(async ({ events, calls, bareFirst }: VerifyRound): Promise<VerifySample> => {
  const own = bodies.get(events) ?? makeBodies(events);
  bodies.set(events, own);
  let wrong = 0;
  const byHand = own.map((body) => bare(verifier.hash, body));
  const byVerifier = await Promise.all(own.map((body) => verifier.prepare(body)));
  const measureBare = () =>
    measure(byHand, calls, (answer) => {
      if ((answer as unknown[]).length !== events) wrong++;
    });
  const measureOwn = () =>
    measure(byVerifier, calls, (answer) => {
      if (verifier.eventsOf(answer).length !== events) wrong++;
    });
  if (bareFirst) {
    const cost = await measureBare();
    return { bare: cost, own: await measureOwn(), wrong };
  }
  const cost = await measureOwn();
  return { own: cost, bare: await measureBare(), wrong };
});

function makeBodies(events: number): Buffer[] {
  return Array.from({ length: deliveries }, (_, seed) => makeBody(events, seed));
}

async function measure(
  work: readonly (() => unknown)[],
  calls: number,
  check: (answer: unknown) => void,
): Promise<Cost> {
  // The young garbage of whoever ran before. A full collection would also throw away what the engine has
  // learned about objects that are all gone by then, as they never are in a server.
  globalThis.gc?.({ type: "minor" });
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let call = 0; call < calls; call++) {
    const answer = work[call % work.length]?.();
    // Who answers at once need not be waited for, here as in a server.
    check(answer instanceof Promise ? await answer : answer);
  }
  const wall = (performance.now() - startedAt) * 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpu: (user + system) / calls, wall: wall / calls };
}
