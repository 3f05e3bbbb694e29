import { Fork } from "./fork.ts";
import type { Section } from "./report.ts";
import type { BurstResult, TokenContestant } from "./token-child.ts";
import { TokenServer } from "./token-server.ts";

/** Those that can obtain and refresh tokens at all. */
const contestants: readonly TokenContestant[] = [
  "enode-sdk",
  "google-auth-library",
  "@anthropic-ai/sdk",
  "openai",
];

const callers = 50;
/** Times over which the 401s arrive, in ms. */
const spreads = [100, 1_500, 4_000] as const;

interface Count extends BurstResult {
  requests: number;
}

interface Outcome {
  first: Count;
  revoked: Count[];
}

/** Token requests at a cold start and after a revocation. */
export async function measureTokens(firstCalls: number): Promise<Section> {
  // One after the other at the cold start, where all want the processor; together where they wait.
  const outcomes = new Map<TokenContestant, Outcome>();
  const runs: Promise<void>[] = [];
  for (const name of contestants) {
    const server = await TokenServer.start();
    const child = await Fork.start("token-child.ts", [name, server.url]);
    const first = await burst(child, server, firstCalls);
    const run = async () => {
      const revoked: Count[] = [];
      for (const spread of spreads) {
        server.revoke(callers, spread);
        revoked.push(await burst(child, server, callers));
      }
      outcomes.set(name, { first, revoked });
      child.stop();
      server.close();
    };
    runs.push(run());
  }
  await Promise.all(runs);
  return toSection(outcomes, firstCalls);
}

async function burst(child: Fork, server: TokenServer, calls: number): Promise<Count> {
  const before = server.tokenRequests;
  const result = await child.ask<BurstResult>({ callers: calls });
  return { ...result, requests: server.tokenRequests - before };
}

function toSection(outcomes: ReadonlyMap<TokenContestant, Outcome>, firstCalls: number): Section {
  const show = ({ requests, failed }: Count) =>
    failed === 0 ? `${requests}` : `${requests}, ${failed} calls failed`;
  const own = outcomes.get("enode-sdk");
  const goal = (what: string, count: Count | undefined) => ({
    what,
    limit: "1, none fails",
    measured: count ? show(count) : "",
    met: count?.requests === 1 && count.failed === 0,
  });
  const seconds = spreads.map((spread) => `${spread / 1000} s`);
  const calls = firstCalls.toLocaleString("en");
  return {
    title: "Token requests",
    about: `At first ${calls} calls at once with a client that has no token yet; then ${callers} callers at once whose token was revoked, their 401s spread over some time. What is counted are the requests for a token at a loopback server that takes 50 ms for each, over at most 100 connections. google-auth-library refreshes with forceRefreshOnFailure, @anthropic-ai/sdk by its option credentials, openai by workloadIdentity, its fixed token URL led to the loopback server by its option fetch. fetch, ky, openapi-fetch and stripe are left out: they obtain no tokens by themselves.`,
    tables: [
      {
        caption: "",
        head: ["", `${calls} first calls`, ...seconds.map((each) => `401s over ${each}`)],
        rows: contestants.map((name) => {
          const { first, revoked } = outcomes.get(name) ?? {};
          return [name, ...[first, ...(revoked ?? [])].map((each) => (each ? show(each) : ""))];
        }),
      },
    ],
    goals: [
      goal(`Token requests of ${calls} concurrent first calls`, own?.first),
      ...seconds.map((spread, index) =>
        goal(
          `Token requests of ${callers} callers whose 401s come over ${spread}`,
          own?.revoked[index],
        ),
      ),
    ],
    wrong: [...outcomes.values()]
      .flatMap(({ first, revoked }) => [first, ...revoked])
      .reduce((sum, { wrong }) => sum + wrong, 0),
  };
}
