import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webhookRequest } from "../../src/webhooks/index.ts";
import { root } from "../package/install.ts";
import { SECRET, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";

/** The app of a host whose requests end with its answer, be it late or not. */
const app = `
  import { memoryStorage } from "enode-sdk/storage";
  import { WebhookReceiver } from "enode-sdk/webhooks";

  const handled = [];
  const handle = async ({ text }) => {
    handled.push(text + " begins");
    await new Promise((resolve) => setTimeout(resolve, Number(text.split(" ")[1] ?? 0)));
    handled.push(text + " ends");
  };
  const options = { secret: () => "${SECRET}", handlerTimeout: 2000, onError: () => undefined };
  const receiver = new WebhookReceiver(options);
  receiver.on("*", handle);
  const keeping = new WebhookReceiver({ ...options, store: memoryStorage().eventStore });
  keeping.on("*", handle);

  export default {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/handled") return Response.json(handled.splice(0));
      if (pathname === "/drain") return Response.json(await keeping.drain({ deadline: 4000 }));
      if (pathname === "/keep") return keeping.handle(request);
      const answer = receiver.handle(request);
      const patience = Number(searchParams.get("patience"));
      if (patience === 0) return answer;
      const gaveUp = new Promise((resolve) => setTimeout(resolve, patience));
      return Promise.race([answer, gaveUp.then(() => new Response("gave up", { status: 503 }))]);
    },
  };
`;

async function bundleApp(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: app, resolveDir: root },
    alias: {
      "enode-sdk/storage": `${root}src/storage/index.ts`,
      "enode-sdk/webhooks": `${root}src/webhooks/index.ts`,
      "#hmac": `${root}src/runtime/hmac/web.ts`,
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "import"],
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

// Before and after promises and what waits for them belonged to one request each.
describe.each(["2024-09-01", "2026-04-01"])("in workerd of %s, a receiver", (compatibilityDate) => {
  let workerd: Miniflare;

  beforeAll(async () => {
    const script = await bundleApp();
    workerd = new Miniflare({ modules: true, script, compatibilityDate, host: "127.0.0.1" });
    // It starts with the first request, which takes its time on a busy machine.
    await workerd.dispatchFetch("http://localhost/handled");
  }, 60_000);
  afterAll(() => workerd.dispose());

  type Events = readonly ReturnType<typeof vehicleEvent>[];

  /** The status of the answer; 0 when there is none. */
  async function send(events: Events, path = "/"): Promise<number> {
    const request = await webhookRequest(events, { secret: SECRET });
    const init = { method: "POST", body: await request.text(), headers: [...request.headers] };
    const answer = workerd.dispatchFetch(`http://localhost${path}`, init);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), 6_000);
    });
    const response = await Promise.race([answer, silence]);
    clearTimeout(timer);
    await response?.text();
    return response?.status ?? 0;
  }

  /** As Enode does: once more after each answer but 200, not for ever. */
  async function repeat(events: Events): Promise<number> {
    let status = 0;
    for (let n = 0; n < 4 && status !== 200; n++) status = await send(events);
    return status;
  }

  async function get(path: string): Promise<unknown> {
    return (await workerd.dispatchFetch(`http://localhost${path}`)).json();
  }

  it("keeps the order of a device, and handles copies once", async () => {
    const first = [vehicleEvent("a", "first 300")];
    const statuses = await Promise.all([
      send(first),
      send(first),
      ...["second", "third"].map((text) => send([vehicleEvent("a", text)])),
    ]);

    expect(statuses).toEqual([200, 200, 200, 200]);
    const handled = await get("/handled");
    expect(handled).toHaveLength(6);
    expect((handled as string[]).filter((text) => text.startsWith("first"))).toHaveLength(2);
    expect(
      (handled as string[]).every((text, at) => text.endsWith(at % 2 === 0 ? "begins" : "ends")),
    ).toBe(true);
  });

  it("handles more deliveries than have a place at the same time", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 25 }, (_, n) => send([vehicleEvent(`place ${n}`, `${n} 100`)])),
    );

    expect(statuses).toEqual(statuses.map(() => 200));
    expect(await get("/handled")).toHaveLength(50);
  });

  it("answers copies and later events of a device after a request that ended", async () => {
    const lost = [vehicleEvent("b", "lost 1000")];
    expect(await send(lost, "/?patience=500")).toBe(503);

    const statuses = await Promise.all([repeat(lost), repeat([vehicleEvent("b", "later")])]);

    expect(statuses).toEqual([200, 200]);
    expect(await get("/handled")).toEqual(expect.arrayContaining(["lost 1000 ends", "later ends"]));
  });

  it("goes on after more such requests than have a place", async () => {
    const lost = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        send([vehicleEvent(`lost ${n}`, "lost 60000")], "/?patience=500"),
      ),
    );
    expect(lost).toEqual(lost.map(() => 503));

    expect(await repeat([vehicleEvent("c", "next")])).toBe(200);
    expect(await send([vehicleEvent("c", "after it")])).toBe(200);
  });

  it("handles what it has kept in a request that drains it", async () => {
    await get("/handled");
    const texts = ["one", "two", "three"];
    for (const text of texts) expect(await send([vehicleEvent("d", text)], "/keep")).toBe(200);

    expect(await get("/drain")).toEqual({ handled: 3, failed: 0, isDone: true });
    expect(await get("/handled")).toEqual(
      texts.flatMap((text) => [`${text} begins`, `${text} ends`]),
    );
    expect(await get("/drain")).toEqual({ handled: 0, failed: 0, isDone: true });
  });
});
