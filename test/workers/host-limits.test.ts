import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { long } from "../support/long.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { bundleWorker, startWorker, type Worker } from "../support/workerd.ts";

/** `/?user=u` answers after one call for that user, `/leave?user=u` begins one and answers without waiting for it. */
const code = `
  import { Enode } from "enode-sdk";

  let enode;
  export default {
    async fetch(request, env) {
      enode ??= new Enode({
        clientId: "client-1",
        clientSecret: "secret-1",
        environment: "sandbox",
        baseUrl: env.baseUrl,
        tokenUrl: env.tokenUrl,
        timeout: 1000,
        maxRetries: 0,
        maxConcurrency: 1,
        maxRequestsPerSecond: 20,
      });
      const { pathname, searchParams } = new URL(request.url);
      const call = enode.users.get(searchParams.get("user"));
      if (pathname === "/leave") {
        call.catch(() => undefined);
        // Long enough for the request to be sent, or to wait for its turn.
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
let script: string;
let worker: Worker | undefined;

beforeAll(async () => {
  script = await bundleWorker(code);
});

afterEach(async () => {
  await worker?.end();
  worker = undefined;
});

const dates = long(["2024-09-01", "2026-01-01"], ["2026-01-01"]);

describe.each(dates)("workerd as of %s", (compatibilityDate) => {
  it("serves calls that waited behind those of requests that have ended", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: ({ url }, response) => {
        if (!url.endsWith("/hangs")) send(response, 200, { id: "ok" });
      },
    });
    worker = await startWorker(script, compatibilityDate, { baseUrl, tokenUrl });
    expect(await worker.get("/?user=first")).toEqual({ status: 200, text: "ok" });

    const { get } = worker;
    // The first has the only place, for which the second waits.
    for (const user of ["hangs", "waits"]) {
      expect((await get(`/leave?user=${user}`)).text).toBe("left");
    }
    const answers = await Promise.all(["a", "b", "a"].map((user) => get(`/?user=${user}`)));

    expect(answers).toEqual(answers.map(() => ({ status: 200, text: "ok" })));
  });
});
