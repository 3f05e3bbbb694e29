import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Enode } from "../../src/enode.ts";
import * as storage from "../../src/storage/index.ts";
import * as postgres from "../../src/storage/postgres/index.ts";
import * as webhooks from "../../src/webhooks/index.ts";

const guide = readFileSync(
  fileURLToPath(new URL("../../docs/guides/outages.md", import.meta.url)),
  "utf8",
);
const secret = webhooks.generateWebhookSecret();
const modules: Readonly<Record<string, object>> = {
  "enode-sdk/webhooks": webhooks,
  "enode-sdk/storage": storage,
  "enode-sdk/storage/postgres": postgres,
};

/** Runs the program under a heading, and gives what it exports. */
function run<Exports>(heading: string): Exports {
  const section = guide.split(`\n## ${heading}\n`)[1] ?? "";
  const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(section) ?? [];
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const exported = {};
  new Function("require", "exports", outputText)((name: string) => modules[name], exported);
  if (Object.keys(exported).length === 0) throw new Error(`Nothing is exported under ${heading}.`);
  return exported as Exports;
}

let events = 0;

/** Delivers an event about a device, and handles what is due. */
async function deliver(receiver: webhooks.WebhookReceiver, kind: string, id: string) {
  events++;
  const event = {
    event: `user:${kind}:updated`,
    createdAt: new Date(Date.UTC(2026, 0, 1) + events * 1_000).toISOString(),
    version: "2024-10-01",
    user: { id: "user" },
    [kind]: { id, userId: "user" },
    updatedFields: [],
  };
  const url = "https://example.com/webhooks/enode";
  const answer = await receiver.handle(await webhooks.webhookRequest([event], { secret, url }));
  expect(await answer.text()).toBe("stored");
  return receiver.drain();
}

function makeReceiver(): webhooks.WebhookReceiver {
  return new webhooks.WebhookReceiver({
    secret,
    store: storage.memoryStorage().eventStore,
    onError: () => {},
  });
}

beforeEach(() => {
  vi.stubEnv("ENODE_WEBHOOK_SECRET", secret);
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("the programs of the guide to what goes wrong", () => {
  it("wait, give up and fail as the answer of a service says", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    vi.stubGlobal("fetch", fetch);
    const answerWith = (status: number) =>
      fetch.mockResolvedValueOnce(new Response("", { status }));
    const { receiver } = run<{ receiver: webhooks.WebhookReceiver }>(
      "An outage of what your handlers need",
    );

    answerWith(200);
    expect(await deliver(receiver, "vehicle", "a")).toMatchObject({ handled: 1, failed: 0 });
    expect(fetch.mock.calls[0]?.[1]?.method).toBe("PUT");
    answerWith(429);
    await deliver(receiver, "vehicle", "b");
    expect(receiver.health()).toMatchObject({ handled: 1, deadLetters: 0 });
    expect(await receiver.counts()).toMatchObject({ waiting: 1, due: 0, dead: 0 });
    answerWith(422);
    await deliver(receiver, "vehicle", "c");
    expect(await receiver.counts()).toMatchObject({ waiting: 1, dead: 1 });
    const [letter] = await receiver.deadLetters();
    expect(letter?.reason).toContain("The CRM does not take this car.");
    answerWith(500);
    await deliver(receiver, "vehicle", "d");
    expect(await receiver.counts()).toMatchObject({ waiting: 2, dead: 1 });
  });

  it("revive the dead letters of a fault, and no older ones", async () => {
    const { reviveSince } = run<{
      reviveSince(receiver: webhooks.WebhookReceiver, began: Date): Promise<number>;
    }>("Dead letters");
    const receiver = makeReceiver();
    let isDown = true;
    receiver.on("*", () => {
      if (isDown) throw new webhooks.DiscardError("down");
    });
    await deliver(receiver, "vehicle", "a");
    await deliver(receiver, "vehicle", "b");
    expect(await receiver.counts()).toMatchObject({ dead: 2, waiting: 0 });

    expect(await reviveSince(receiver, new Date(Date.now() + 60_000))).toBe(0);
    expect(await reviveSince(receiver, new Date(Date.now() - 60_000))).toBe(2);
    isDown = false;
    expect(await receiver.drain()).toMatchObject({ handled: 2, isDone: true });
    expect(await receiver.counts()).toMatchObject({ dead: 0, waiting: 0 });
  });

  it("pass the signal on", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>().mockResolvedValue(new Response());
    vi.stubGlobal("fetch", fetch);
    const { forward } = run<{ forward(receiver: webhooks.WebhookReceiver, url: string): void }>(
      "Handlers that take too long",
    );
    const receiver = makeReceiver();
    forward(receiver, "https://crm.example.com/");
    await deliver(receiver, "charger", "a");
    expect(fetch.mock.calls[0]?.[1]?.signal).toBeInstanceOf(AbortSignal);
  });

  it("tell what is wrong", async () => {
    const { statusOf } = run<{
      statusOf(receiver: webhooks.WebhookReceiver): Promise<{ ok: boolean; reasons: string[] }>;
    }>("What to watch");
    const receiver = makeReceiver();
    receiver.on("*", (event) => {
      if (event.event === "user:charger:updated") throw new webhooks.DiscardError("no");
      throw new Error("down");
    });
    expect(await statusOf(receiver)).toEqual({ ok: true, reasons: [] });
    await deliver(receiver, "charger", "a");
    expect(await statusOf(receiver)).toEqual({ ok: false, reasons: ["1 dead letters"] });
    for (const id of ["b", "c", "d"]) await deliver(receiver, "vehicle", id);
    const { reasons } = await statusOf(receiver);
    expect(reasons).toEqual(["what the handlers need is down", "1 dead letters"]);
  });

  it("make a receiver that deletes what is old", () => {
    const { makeReceiver } = run<{
      makeReceiver(enode: Enode, pool: postgres.PostgresPool): webhooks.WebhookReceiver;
    }>("Deliveries that pile up");
    const enode = new Enode({ environment: "sandbox", clientId: "a", clientSecret: "b" });
    const pool = { query: async () => ({ rows: [], rowCount: 0 }) };
    expect(makeReceiver(enode, pool).namespace).toBe(enode.namespace);
  });

  it("reactivate the webhooks and repair the copy", async () => {
    const { catchUp } = run<{ catchUp(mirror: object): Promise<void> }>("Missed events");
    const reconcile = vi.fn().mockResolvedValue({ counts: {}, webhooks: [] });
    await catchUp({ reconcile });
    expect(reconcile).toHaveBeenCalledExactlyOnceWith({ webhooks: "reactivate" });
  });
});
