import type {
  ALBEvent,
  ALBHandler,
  APIGatewayProxyEvent,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  LambdaFunctionURLHandler,
} from "aws-lambda";
import { describe, expect, it } from "vitest";
import { type LambdaEvent, lambdaHandler, WebhookReceiver } from "../../../src/webhooks/index.ts";
import { createReceiver, headersOf, heartbeat, secret } from "./support/deliveries.ts";

const inBase64 = (text: string) => Buffer.from(text).toString("base64");
/** As load balancers and REST APIs write names: as the sender did. */
const capitals = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    ]),
  );
const inLists = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

/** The same request, as each source of events hands it to Lambda. */
const sources: Record<string, (headers: Record<string, string>, method: string) => LambdaEvent> = {
  "a REST API (1.0)": (headers, httpMethod) => ({
    httpMethod,
    headers: capitals(headers),
    multiValueHeaders: inLists(capitals(headers)),
  }),
  "an HTTP API (2.0)": (headers, method) => ({ headers, requestContext: { http: { method } } }),
  "a function URL": (headers, method) => ({ headers, requestContext: { http: { method } } }),
  "a load balancer": (headers, httpMethod) => ({
    httpMethod,
    requestContext: { elb: { targetGroupArn: "arn" } },
    headers,
  }),
  "a load balancer with multi-value headers": (headers, httpMethod) => ({
    httpMethod,
    requestContext: { elb: { targetGroupArn: "arn" } },
    multiValueHeaders: inLists(headers),
  }),
};

describe.each(Object.entries(sources))("%s", (name, eventOf) => {
  const isMultiValue = name.includes("REST") || name.includes("multi-value");

  it.each([false, true])("delivers, with its body in base64: %s", async (isBase64Encoded) => {
    const { receiver, events, errors } = createReceiver();
    // Not ASCII, so that bytes and characters differ.
    const text = heartbeat.replace("}]", ',"note":"Zoë 🚗"}]');
    const body = isBase64Encoded ? inBase64(text) : text;

    const answer = await lambdaHandler(receiver)({
      ...eventOf(await headersOf(text), "POST"),
      body,
      isBase64Encoded,
    });

    expect(errors).toEqual([]);
    const type = "text/plain;charset=UTF-8";
    expect(answer).toEqual({
      statusCode: 200,
      body: "handled",
      isBase64Encoded: false,
      ...(isMultiValue
        ? { multiValueHeaders: { "content-type": [type] } }
        : { headers: { "content-type": type } }),
    });
    expect(events).toHaveLength(1);
  });

  it("refuses a forged delivery, and another method", async () => {
    const { receiver } = createReceiver();
    const handler = lambdaHandler(receiver);
    const headers = await headersOf(heartbeat, "another-secret");

    const forged = await handler({ ...eventOf(headers, "POST"), body: heartbeat });
    const got = await handler({ ...eventOf(headers, "GET"), body: null });

    expect([forged.statusCode, got.statusCode]).toEqual([401, 405]);
    expect(isMultiValue ? got.multiValueHeaders : got.headers).toMatchObject({
      allow: isMultiValue ? ["POST"] : "POST",
    });
  });

  it.each([true, false, undefined])("has no body, in base64: %s", async (isBase64Encoded) => {
    const { receiver, codes } = createReceiver();
    const event = eventOf(await headersOf(heartbeat), "POST");

    const answer = await lambdaHandler(receiver)({ ...event, body: null, isBase64Encoded });

    expect([answer.statusCode, answer.body]).toEqual([400, "empty_body"]);
    expect(codes()).toEqual(["empty_body"]);
  });
});

describe("an event that is none of these", () => {
  it.each<[string, LambdaEvent, number]>([
    ["with headers that are null", { headers: null, multiValueHeaders: null, body: "[]" }, 401],
    ["of a queue", { Records: [] } as LambdaEvent, 401],
    ["null", null as unknown as LambdaEvent, 500],
    ["with a body that is no base64", { body: "%", isBase64Encoded: true }, 401],
  ])("is refused: %s", async (_what, event, status) => {
    const { receiver, errors } = createReceiver();

    expect(await lambdaHandler(receiver)(event)).toMatchObject({ statusCode: status });
    expect(errors).toHaveLength(1);
  });

  it("is refused with a signature that came twice", async () => {
    const { receiver, codes } = createReceiver();
    const headers = await headersOf(heartbeat);
    const signature = headers["x-enode-signature"] ?? "";
    const multiValueHeaders = { "x-enode-signature": [signature, signature] };

    await lambdaHandler(receiver)({ headers, multiValueHeaders, body: heartbeat });

    expect(codes()).toEqual(["malformed_signature"]);
  });
});

it("has the types of @types/aws-lambda", () => {
  const handler = lambdaHandler(new WebhookReceiver({ secret }));
  const handlers: [
    APIGatewayProxyHandler,
    APIGatewayProxyHandlerV2,
    ALBHandler,
    LambdaFunctionURLHandler,
  ] = [handler, handler, handler, handler];
  const events: (event: APIGatewayProxyEvent | ALBEvent) => LambdaEvent = (event) => event;
  expect([...handlers, events].map((each) => typeof each)).toEqual(Array(5).fill("function"));
});
