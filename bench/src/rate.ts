import { Fork } from "./fork.ts";
import type { HerdResult } from "./rate-child.ts";
import { type Answers, RateServer } from "./rate-server.ts";
import type { Goal, Section } from "./report.ts";
import { show, summarize } from "./statistics.ts";

const calls = 500;
/** What the server allows. */
const perSecond = 50;
/** The part of the requests that a client without a limit of its own may have refused. */
const mostRefused = 0.1;

/** What is asked for, and the limit of the client. */
const cases = [
  { vehicles: "one", limit: undefined },
  { vehicles: "each", limit: undefined },
  { vehicles: "one", limit: perSecond },
  { vehicles: "each", limit: perSecond },
] as const;
type Case = (typeof cases)[number];

type Run = HerdResult & Answers;

/** Many calls at once, of which a server allows only some in each second. */
export async function measureRate(rounds: number): Promise<Section> {
  const runs = new Map<Case, Run[]>(cases.map((each) => [each, []]));
  for (let round = 0; round < rounds; round++) {
    // Together: they do little but wait.
    await Promise.all(cases.map(async (each) => runs.get(each)?.push(await run(each))));
  }
  return toSection(runs);
}

async function run({ vehicles, limit }: Case): Promise<Run> {
  const server = await RateServer.start(perSecond);
  const child = await Fork.start("rate-child.ts", [
    server.url,
    ...(limit === undefined ? [] : [`${limit}`]),
  ]);
  const before = server.answers;
  const result = await child.ask<HerdResult>({ calls, vehicles });
  const { requests, refused } = server.answers;
  child.stop();
  server.close();
  return { ...result, requests: requests - before.requests, refused: refused - before.refused };
}

function toSection(runs: ReadonlyMap<Case, readonly Run[]>): Section {
  const named = ({ vehicles, limit }: Case) =>
    `${vehicles === "one" ? "for one vehicle" : "for each another vehicle"}, ${limit === undefined ? "default client" : `maxRequestsPerSecond: ${limit}`}`;
  const shares = (of: readonly Run[]) =>
    summarize(of.map(({ refused, requests }) => (refused / requests) * 100));
  const failures = (of: readonly Run[]) => of.reduce((sum, { failed }) => sum + failed, 0);
  const goals = [...runs].map(([each, of]): Goal => {
    const share = shares(of);
    const limit = each.limit === undefined ? mostRefused * 100 : 0;
    const failed = failures(of);
    return {
      what: `Refusals of ${calls} calls at once, ${named(each)}`,
      limit: `${limit} %, no call fails`,
      measured: `${show(share, 1)} %${failed === 0 ? "" : `, ${failed} calls failed`}`,
      met: share.median <= limit && failed === 0,
    };
  });
  return {
    title: "Rate limits",
    about: `${calls} calls at once to a loopback server that allows ${perSecond} requests a second (a bucket of ${perSecond} tokens), refuses the others with 429 and \`Retry-After: 1\`, and is 20 to 80 ms away, each request and each answer another time. Each round has a new server and a new client in a process of its own, which has made one call before. Calls have the default deadline of 30 s; the least possible time is ${(calls - perSecond) / perSecond} s.`,
    tables: [
      {
        caption: "",
        head: ["", "requests", "refused %", "calls failed", "s until the last was done"],
        rows: [...runs].map(([each, of]) => [
          named(each),
          show(summarize(of.map(({ requests }) => requests)), 0),
          show(shares(of), 1),
          `${failures(of)}`,
          show(summarize(of.map(({ time }) => time / 1000)), 1),
        ]),
      },
    ],
    goals,
    wrong: [...runs.values()].flat().reduce((sum, { wrong }) => sum + wrong, 0),
  };
}
