import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HOOK_URL } from "../support/receiver.ts";
import { createRecordedHarness } from "../support/recorded.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function withWebhook() {
  const harness = createRecordedHarness();
  const webhook = await harness.subscribe();
  return { harness, webhook };
}

/** A body that sends one chunk and never ends. */
function endless() {
  const body = { isCancelled: false, stream: new ReadableStream<Uint8Array>() };
  body.stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("still here"));
    },
    cancel() {
      body.isCancelled = true;
    },
  });
  return body;
}

describe("a recorded delivery", () => {
  it("holds what went over the wire, and the answer", async () => {
    const { harness } = await withWebhook();
    const { arrivals, latestDelivery, sandbox } = harness;
    harness.answer = () => new Response("no, thank you", { status: 422, headers: { "x-a": "1" } });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    const { method, url, request, response } = latestDelivery();
    const [arrival] = arrivals;
    expect([method, url, request.body]).toEqual(["POST", HOOK_URL, arrival?.body]);
    expect(request.headers).toEqual([...(arrival?.headers ?? [])]);
    expect(Object.fromEntries(request.headers)["x-enode-signature"]).toMatch(/^sha1=/);
    await vi.waitFor(() => expect(response?.body).toBe("no, thank you"));
    expect(response?.headers).toContainEqual(["x-a", "1"]);
  });

  it("is one for each attempt", async () => {
    const { harness } = await withWebhook();
    const { deliveryRecordings, sandbox } = harness;
    harness.answer = () => {
      throw new Error("no route");
    };
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    harness.answer = () => new Response("taken");
    sandbox.clock.advance("5s");
    await sandbox.deliver();
    expect(deliveryRecordings.numbers()).toEqual([1, 2]);
    expect(deliveryRecordings.get(1)?.response).toBeNull();
    await vi.waitFor(() => expect(deliveryRecordings.get(2)?.response?.body).toBe("taken"));
    expect(deliveryRecordings.get(2)?.request).toEqual(deliveryRecordings.get(1)?.request);
  });

  it("is accepted when the headers are there, though its answer never ends", async () => {
    const { harness, webhook } = await withWebhook();
    const { latestDelivery, sandbox, state } = harness;
    const body = endless();
    harness.answer = () => new Response(body.stream);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(state()).toMatchObject({ webhook, waiting: 0, failures: 0 });
    await vi.waitFor(() => expect(latestDelivery().response?.body).toBe("still here"));
    expect(body.isCancelled).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(body.isCancelled).toBe(true);
    expect(latestDelivery().response).toMatchObject({ body: "still here", size: 10 });
  });

  it("lets go of an answer that never ends when the sandbox ends", async () => {
    const { harness } = await withWebhook();
    const body = endless();
    harness.answer = () => new Response(body.stream);
    harness.sandbox.devices.add("anna", "charger");
    await harness.sandbox.deliver();
    harness.stop();
    await vi.waitFor(() => expect(body.isCancelled).toBe(true));
  });

  it("over HTTP keeps neither the queue nor the connection of an answer that never ends", async () => {
    let connections = 0;
    const server = createServer((request, reply) => {
      connections += 1;
      reply.once("close", () => {
        connections -= 1;
      });
      request.resume().once("end", () => reply.writeHead(200).write("still here"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const harness = createRecordedHarness({ deliver: undefined });
    try {
      await harness.subscribe({ url: `http://127.0.0.1:${port}/hook` });
      for (let count = 1; count < 3; count += 1) {
        harness.sandbox.devices.add("anna", "charger");
        await harness.sandbox.deliver();
        const { response } = harness.latestDelivery();
        await vi.waitFor(() => expect(response?.body).toBe("still here"));
      }
      expect(harness.sandbox.deliveries.list()).toMatchObject([{ status: 200 }, { status: 200 }]);
      expect(connections).toBe(2);
      harness.stop();
      await vi.waitFor(() => expect(connections).toBe(0));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("bears an answer that is in use, or that breaks", async () => {
    const { harness } = await withWebhook();
    const { sandbox, latestDelivery } = harness;
    const used = new Response("used");
    await used.text();
    harness.answer = () => used;
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(latestDelivery().response).toMatchObject({ body: null, size: 0 });
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error("broken"));
      },
    });
    harness.answer = () => new Response(broken);
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(sandbox.deliveries.list().map(({ status }) => status)).toEqual([200, 200]);
    expect(latestDelivery().response).toMatchObject({ body: null, size: 0 });
  });

  it("is also that of a test", async () => {
    const { harness, webhook } = await withWebhook();
    harness.answer = () => new Response("ü");
    const result = await harness.webhooks.test(webhook);
    expect(result.response).toMatchObject({ code: 200, body: "ü" });
    expect(harness.latestDelivery().request.body).toContain("enode:webhook:test");
    expect(harness.latestDelivery().response).toMatchObject({ body: "ü", size: 2 });
  });

  it("leaves the body of an answer alone when nothing is recorded", async () => {
    const harness = createRecordedHarness({}, false);
    await harness.subscribe();
    const body = endless();
    harness.answer = () => new Response(body.stream);
    harness.sandbox.devices.add("anna", "charger");
    await harness.sandbox.deliver();
    expect(body.isCancelled).toBe(true);
  });
});

it("reads the beginning of an answer to a test event that has no end", async () => {
  const harness = createRecordedHarness();
  const webhook = await harness.subscribe();
  let isCancelled = false;
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(262_144).fill(97));
    },
    cancel() {
      isCancelled = true;
    },
  });
  harness.answer = () => new Response(endless);
  const { body } = await harness.call("POST", `/webhooks/${webhook.id}/test`);
  expect(body).toMatchObject({ status: "SUCCESS", response: { code: 200 } });
  expect(body.response.body.length).toBe(1_048_576);
  expect(isCancelled).toBe(true);
});
