import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { operations } from "../../generated/operations.ts";
import { Enode } from "../../src/index.ts";
import { methodsOf } from "../resources/support/methods.ts";
import { description } from "../support/openapi.ts";
import { type Input, type SampledOperation, sampledOperations } from "./support/inputs.ts";
import { methods } from "./support/methods.ts";
import { type Recorded, type Recorder, startRecorder } from "./support/recorder.ts";

const listed = sampledOperations.filter(({ isUnlisted }) => !isUnlisted);
const unlisted = sampledOperations.filter(({ isUnlisted }) => isUnlisted);

let server: Recorder;
let enode: Enode;

beforeAll(async () => {
  server = await startRecorder();
  enode = new Enode({
    environment: "sandbox",
    clientId: "a-client",
    clientSecret: "a-secret",
    baseUrl: server.url,
    tokenUrl: server.tokenUrl,
    maxRetries: 0,
  });
});
afterEach(() => {
  server.take();
});
afterAll(() => server.close());

/** The name comes from the description, so the compiler cannot know which operation it is. */
function request(operation: string, input: Input): Promise<unknown> {
  return enode.request(operation as "getUser", input as never);
}

/** As above: the input fits the operation by construction. */
function throughMethod(operation: string, input: Input): PromiseLike<unknown> {
  const method = methods[operation as keyof typeof methods];
  if (method === undefined) throw new Error(`no resource has a method for ${operation}`);
  return method(enode, input as never);
}

/** What the description says that the server must see. */
function expected({ method, path, needsToken }: SampledOperation, input: Input) {
  return {
    method,
    path: path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(input.path[name] ?? "")),
    query: new Map(Object.entries(input.query).map(([name, value]) => [name, String(value)])),
    body: input.body,
    contentType: input.body === undefined ? undefined : "application/json",
    version: String((description["info"] as { version: unknown }).version),
    authorization: needsToken ? "Bearer token-1" : undefined,
  };
}

function seen({ method, path, query, headers, body }: Recorded) {
  expect(new Set(query.map(([name]) => name)).size).toBe(query.length);
  return {
    method,
    path,
    query: new Map(query),
    body: body === "" ? undefined : JSON.parse(body),
    contentType: headers["content-type"],
    version: headers["enode-version"],
    authorization: headers["authorization"],
  };
}

describe("the operations of the description", () => {
  it("are found, listed and unlisted", () => {
    expect(listed.length).toBeGreaterThan(80);
    expect(unlisted.map(({ id }) => id)).toEqual([
      "getLinkResult",
      "createChargerSmartOverride",
      "endChargerSmartOverride",
    ]);
  });

  it("each have a method of a resource, and no other operation has", () => {
    expect(Object.keys(methods).sort()).toEqual(listed.map(({ id }) => id).sort());
  });

  it("are all that the client knows", async () => {
    expect(Object.keys(operations).sort()).toEqual(listed.map(({ id }) => id).sort());
    for (const { id, inputs } of unlisted) {
      const [input = { path: {}, query: {}, body: undefined }] = inputs;
      await expect(request(id, input)).rejects.toMatchObject({
        name: "ConfigurationError",
        parameter: "operation",
      });
    }
    expect(server.take()).toEqual([]);
  });
});

describe.each(listed)("$id", (operation) => {
  it.each([
    ["enode.request", request],
    ["its resource", throughMethod],
  ])("arrives through %s as the description says", async (_, call) => {
    server.answer = operation.success;
    for (const input of operation.inputs) {
      await call(operation.id, input);
      const arrived = server.take();
      expect(arrived.map(seen)).toEqual([expected(operation, input)]);
    }
    expect(server.violations).toEqual([]);
  });
});

describe("enode.request", () => {
  it("gives what the description has as the answer", async () => {
    for (const operation of listed) {
      server.answer = operation.success;
      const [input] = operation.inputs;
      if (input === undefined) throw new Error(`${operation.id} cannot be called`);
      expect(await request(operation.id, input)).toEqual(operation.success.body);
    }
  });
});

describe("the methods of all resources", () => {
  it("each stand for an operation of the description", async () => {
    const all = methodsOf(enode).filter(({ name }) => name.includes("."));
    const spies = all.map(({ name, owner, key }) => ({ name, spy: vi.spyOn(owner, key) }));
    for (const operation of listed) {
      server.answer = operation.success;
      for (const input of operation.inputs) await throughMethod(operation.id, input);
    }
    const unused = spies.filter(({ spy }) => spy.mock.calls.length === 0).map(({ name }) => name);
    const waits = ["vehicles", "chargers", "hvacs", "batteries"].map(
      (kind) => `${kind}.actions.wait`,
    );
    // Made of several operations each, or with stores of the host.
    const others = ["webhooks.ensure", "users.resolve", "users.erase", "users.resumeErasures"];
    expect(unused.sort()).toEqual([...waits, ...others].sort());
  });
});
