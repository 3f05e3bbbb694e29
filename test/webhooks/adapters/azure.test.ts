import { type HttpHandler, HttpRequest, HttpResponse } from "@azure/functions";
import { describe, expect, it } from "vitest";
import { azureHandler } from "../../../src/webhooks/index.ts";
import { createReceiver, headersOf, heartbeat } from "./support/deliveries.ts";

async function requestOf(body: string, key?: string, method = "POST"): Promise<HttpRequest> {
  const headers = await headersOf(body, key);
  const init = { method, url: "https://example.azurewebsites.net/api/enode", headers };
  return new HttpRequest(method === "POST" ? { ...init, body: { string: body } } : init);
}

describe("azureHandler", () => {
  // It fits `handler` of app.http().
  const handlerOf = (receiver: Parameters<typeof azureHandler>[0]): HttpHandler =>
    azureHandler(receiver);
  const context = {} as Parameters<HttpHandler>[1];

  it("answers a request of Azure Functions as they take it", async () => {
    const { receiver, events, errors } = createReceiver();

    const answer = await handlerOf(receiver)(await requestOf(heartbeat), context);

    expect(errors).toEqual([]);
    expect(events).toHaveLength(1);
    const response = new HttpResponse(answer as object);
    expect([response.status, await response.text()]).toEqual([200, "handled"]);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
  });

  it("refuses a forged delivery, and another method", async () => {
    const { receiver } = createReceiver();
    const handler = azureHandler(receiver);

    const forged = await handler(await requestOf(heartbeat, "another-secret"));
    const got = await handler(await requestOf(heartbeat, undefined, "GET"));

    expect([forged.status, forged.body]).toEqual([401, "signature_mismatch"]);
    expect(got).toMatchObject({ status: 405, headers: { allow: "POST" } });
  });

  it("reports a body that was read before", async () => {
    const { receiver, codes } = createReceiver();
    const request = await requestOf(heartbeat);
    await request.json();

    expect(await azureHandler(receiver)(request)).toMatchObject({ status: 500 });
    expect(codes()).toEqual(["body_already_parsed"]);
  });

  it("answers a request that fails while it is read", async () => {
    const { receiver, errors } = createReceiver();

    expect(await azureHandler(receiver)(null as never)).toMatchObject({ status: 500 });
    expect(errors).toHaveLength(1);
  });
});
