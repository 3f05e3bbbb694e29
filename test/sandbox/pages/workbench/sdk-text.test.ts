import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OperationId, operations } from "../../../../generated/operations.ts";
import { Enode } from "../../../../src/index.ts";
import { sdkCall } from "../../../../src/sandbox/pages/workbench/shared/sdk-call.ts";
import { sourceText } from "../../../../src/sandbox/pages/workbench/shared/source-text.ts";
import { placeholders } from "../../../../src/sandbox/shared/redaction.ts";
import { HOSTILE } from "../support.ts";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
}

/** Runs a text with a client; returns the first request that it sends. */
async function run(text: string): Promise<Sent | undefined> {
  let sent: Sent | undefined;
  const enode = new Enode({
    environment: "sandbox",
    clientId: "client",
    tokenProvider: async () => ({ token: "token", expiresAt: Date.now() + 60_000 }),
    maxRetries: 0,
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname, searchParams } = new URL(request.url);
      const body = await request.text();
      sent ??= {
        method: request.method,
        path: pathname,
        query: searchParams.toString(),
        body: body === "" ? null : JSON.parse(body),
      };
      return Response.json({ title: "Enough" }, { status: 400 });
    },
  });
  // The text of the page is a program of its own.
  const program = new Function("enode", `return (async () => { ${text} })();`);
  await program(enode).catch((error: unknown) => {
    if (sent === undefined) throw error;
  });
  return sent;
}

function fill(template: string, value: string): [string, Record<string, string>] {
  const names = Array.from(template.matchAll(/\{(.+?)\}/g), ([, name = ""]) => name);
  const path = Object.fromEntries(names.map((name, at) => [name, `${value}${at}`]));
  return [template.replace(/\{(.+?)\}/g, (_, name) => encodeURIComponent(path[name] ?? "")), path];
}

const NUMBERS: Readonly<Record<string, string>> = {
  pageSize: "50",
  year: "2025",
  month: "1",
  day: "6",
  utcOffset: "60",
};

/** A query with all parameters of an operation, but one of both cursors. */
function queryOf(operation: OperationId): URLSearchParams {
  const names = (operations[operation].query ?? []).filter((name) => name !== "before");
  const values = names.map((name): [string, string] => [name, NUMBERS[name] ?? `${HOSTILE} ü`]);
  return new URLSearchParams(values);
}

function textOf(call: Parameters<typeof sdkCall>[0]): string {
  const copy = sdkCall(call);
  if ("reason" in copy) throw new Error(copy.reason);
  return copy.text;
}

describe("the text of a call of enode-sdk", () => {
  it.each(Object.keys(operations) as OperationId[])(
    "sends the same request: %s",
    async (operation) => {
      const spec = operations[operation];
      const body = spec.body === true ? { action: "START" } : null;
      const [pathname, path] = fill(spec.path, `${HOSTILE}\n\`\${1}ü`);
      for (const query of [new URLSearchParams(), queryOf(operation)]) {
        const call = { operation, path, query, body: body && JSON.stringify(body) };
        expect(await run(textOf(call))).toEqual({
          method: spec.method,
          path: pathname,
          query: query.toString(),
          body,
        });
      }
    },
  );

  it("uses the method of a resource for each operation", async () => {
    for (const operation of Object.keys(operations) as OperationId[]) {
      const [, path] = fill(operations[operation].path, "x");
      const call = { operation, path, query: new URLSearchParams(), body: '{"action":"STOP"}' };
      expect(textOf(call)).not.toContain("enode.request");
    }
  });

  it("is as one writes it", () => {
    const query = new URLSearchParams("pageSize=20");
    const ofAnna = { path: { userId: "anna" }, query, body: null };
    expect(textOf({ operation: "listUserVehicles", ...ofAnna })).toBe(
      'await enode.vehicles.list({ userId: "anna", pageSize: 20 });',
    );
    expect(textOf({ operation: "listUserSchedules", ...ofAnna })).toBe(
      'await enode.schedules.list("anna", { pageSize: 20 });',
    );
    const none = new URLSearchParams();
    const car = {
      operation: "controlVehicleCharging",
      path: { vehicleId: "car" },
      query: none,
    } as const;
    expect(textOf({ ...car, body: '{"action":"STOP"}' })).toBe(
      'await enode.vehicles.stopCharging("car");',
    );
    expect(textOf({ ...car, body: '{"action":"REST"}' })).toBe(
      'await enode.request("controlVehicleCharging", { path: { vehicleId: "car" }, body: { action: "REST" } });',
    );
  });

  it("says why the SDK does not send a request", () => {
    const path = { userId: "anna" };
    const query = new URLSearchParams("page=2");
    expect(sdkCall({ operation: "listUserVehicles", path, query, body: null })).toEqual({
      reason: "enode-sdk sends no unknown parameters, and the query holds “page”.",
    });
    const none = new URLSearchParams();
    for (const body of [null, "", "{"]) {
      expect(sdkCall({ operation: "createLinkSession", path, query: none, body })).toEqual({
        reason: "enode-sdk sends JSON, and the body of this request is none.",
      });
    }
  });

  it("takes secrets from the environment", () => {
    const path = {};
    const query = new URLSearchParams();
    const body = JSON.stringify({ url: "https://a.example", secret: placeholders.webhookSecret });
    expect(textOf({ operation: "createWebhook", path, query, body })).toContain(
      'secret: process.env["ENODE_WEBHOOK_SECRET"] ?? ""',
    );
  });

  it("holds any value as a literal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const read = new Function(`return ${sourceText(JSON.parse(text))};`)();
        expect(JSON.stringify(read)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    const proto = JSON.parse('{"__proto__":{"polluted":1}}');
    const read = new Function(`return ${sourceText(proto)};`)();
    expect(Object.keys(read)).toEqual(["__proto__"]);
  });
});
