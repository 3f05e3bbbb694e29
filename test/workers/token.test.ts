import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { long } from "../support/long.ts";
import { type Handler, send, useLoopback } from "../support/loopback.ts";
import { bundleWorker, startWorker, type Worker } from "../support/workerd.ts";

/**
 * One client for the isolate, as the guide says. `/` answers after one call with the number of users, `/leave`
 * begins a call and answers without waiting for it.
 */
const code = `
  import { Enode } from "enode-sdk";
  import { memoryStorage } from "enode-sdk/storage";

  const store = memoryStorage().tokenStore;
  // A tenth of the lease, so that a test need not wait for all of it.
  const tokenStore = { ...store, lease: (key, ttl) => store.lease(key, ttl / 10) };
  let enode;
  export default {
    async fetch(request, env) {
      enode ??= new Enode({
        clientId: "client-1",
        clientSecret: "secret-1",
        environment: "sandbox",
        baseUrl: env.baseUrl,
        tokenUrl: env.tokenUrl,
        ...(env.store && { tokenStore }),
      });
      const call = enode.request("getUser", { path: { userId: "u-1" } });
      if (new URL(request.url).pathname === "/leave") {
        call.catch(() => undefined);
        // Long enough for the exchange to be under way.
        await new Promise((resolve) => setTimeout(resolve, 300));
        return new Response("left");
      }
      try {
        await call;
        return new Response("ok");
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },
  };
`;

const start = useLoopback();
const running = new Set<Worker>();
let script: string;
/** The same where the library cannot know that it runs on Workers. */
let unrecognised: string;

beforeAll(async () => {
  script = await bundleWorker(code);
  unrecognised = `Object.defineProperty(globalThis, "navigator", { value: undefined });\n${script}`;
});

afterEach(async () => {
  await Promise.all([...running].map((worker) => worker.end()));
  running.clear();
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The token endpoint: each answer after its own delay, the last one for all that follow. */
function tokens(expiresIn: number, ...delays: number[]): Handler {
  return (_request, response, nth) => {
    const answer = { access_token: `token-${nth}`, token_type: "bearer", expires_in: expiresIn };
    setTimeout(() => send(response, 200, answer), delays[nth - 1] ?? delays.at(-1));
  };
}

/** Most of a test is waiting. */
const dates = long(["2024-09-01", "2026-01-01"], ["2026-01-01"]);

describe.each(dates)("workerd as of %s", (compatibilityDate) => {
  async function setUp(token: Handler, bindings: Record<string, string> = {}, program = script) {
    const server = await start({ token });
    const { baseUrl, tokenUrl } = server;
    const urls = { baseUrl, tokenUrl };
    const worker = await startWorker(program, compatibilityDate, { ...urls, ...bindings });
    running.add(worker);
    return { worker, ...server };
  }

  const ok = { status: 200, text: "ok" };

  it("serves calls after a token was to be replaced while a short request ran", async () => {
    const { worker } = await setUp(tokens(4, 0, 3_000, 0));

    expect(await worker.get("/")).toEqual(ok);
    await sleep(1_500);
    // The token is due for replacement and serves until 2 s: this request ends long before a new one is there.
    expect(await worker.get("/")).toEqual(ok);
    await sleep(1_500);

    const answers = await Promise.all([worker.get("/"), worker.get("/"), worker.get("/")]);
    expect(answers).toEqual([ok, ok, ok]);
    await sleep(2_500);
    expect(await worker.get("/")).toEqual(ok);
  });

  it("serves calls after a background exchange died, where it does not know the runtime", async () => {
    const { worker, tokenRequests } = await setUp(tokens(4, 0, 60_000, 0), {}, unrecognised);
    await worker.get("/");
    await sleep(1_500);
    await worker.get("/");
    await sleep(1_500);

    const answers = await Promise.all([worker.get("/"), worker.get("/"), worker.get("/")]);

    expect(answers).toEqual([ok, ok, ok]);
    expect(tokenRequests).toHaveLength(3);
  });

  it("serves calls that waited for the exchange of a request that has ended, by one more exchange", async () => {
    const { worker, tokenRequests } = await setUp(tokens(3600, 60_000, 300));

    const gone = worker.get("/leave");
    await sleep(100);
    const waiting = [worker.get("/"), worker.get("/"), worker.get("/")];
    expect((await gone).text).toBe("left");

    expect(await Promise.all(waiting)).toEqual([ok, ok, ok]);
    expect(await worker.get("/")).toEqual(ok);
    expect(tokenRequests).toHaveLength(2);
  });

  it("serves calls that begin after the request that began the exchange has ended", async () => {
    const { worker, tokenRequests } = await setUp(tokens(3600, 60_000, 0));
    await worker.get("/leave");

    expect(await worker.get("/")).toEqual(ok);
    expect(tokenRequests).toHaveLength(2);
  });

  it("makes one exchange for requests at once, also when it takes long, and none of them dies with another", async () => {
    const { worker, tokenRequests, requests } = await setUp(tokens(3600, 2_500));

    const answers = await Promise.all(Array.from({ length: 8 }, () => worker.get("/")));

    expect(answers).toEqual(Array(8).fill(ok));
    expect(tokenRequests).toHaveLength(1);
    expect(requests).toHaveLength(8);
  });

  it("waits no longer than its lease for an exchange with a token store that has died", async () => {
    const { worker, tokenRequests } = await setUp(tokens(3600, 60_000, 0), { store: "yes" });
    await worker.get("/leave");

    expect(await worker.get("/")).toEqual(ok);
    expect(tokenRequests).toHaveLength(2);
  });
});
