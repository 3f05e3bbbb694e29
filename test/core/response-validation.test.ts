import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isResponseValidationError } from "../../src/errors/index.ts";
import type { DriftEvent } from "../../src/hooks.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";

const action = {
  id: "a-1",
  userId: "u-1",
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  completedAt: null,
  state: "PENDING",
  targetId: "v-1",
  targetType: "vehicle",
  kind: "START",
  failureReason: null,
};

const getAction = (enode: Enode) =>
  enode.request("getVehicleAction", { path: { actionId: "a-1" } });

const answering = (body: unknown) => stubFetch({ api: () => json(body) });

/** Wrong in two places, with a value that must not be quoted. */
const wrong = { ...action, state: 404_404, createdAt: { pin: "hidden" } };

describe("validating answers", () => {
  it("does not happen unless asked for", async () => {
    expect(await getAction(createClient({ fetch: answering(wrong) }))).toEqual(wrong);
    expect(await getAction(createClient({ fetch: answering(wrong), validate: "off" }))).toEqual(
      wrong,
    );
  });

  it.each(["report", "throw"] as const)(
    "lets what is described pass, and new fields and values of enums (%s)",
    async (validate) => {
      const newer = { ...action, state: "PAUSED", extra: { a: [1] } };
      const onDrift = vi.fn();
      const enode = createClient({ fetch: answering(newer), validate, onDrift });

      expect(await getAction(enode)).toEqual(newer);
      expect(onDrift).not.toHaveBeenCalled();
    },
  );

  it("throws where an answer departs from the description, without its values", async () => {
    const enode = createClient({ fetch: answering(wrong), validate: "throw" });

    const error = await failureOf(getAction(enode), isResponseValidationError);

    expect(error).toMatchObject({ code: "schema_mismatch", status: 200, attempts: 1 });
    expect(error.issues.map(({ path }) => path).sort()).toEqual(["createdAt", "state"]);
    expect(error.message).toContain("2 place(s)");
    expect(JSON.stringify(error) + error.stack).not.toMatch(/hidden|404404|404_404/);
  });

  it("reports it, and gives the answer all the same", async () => {
    const events: DriftEvent[] = [];
    const lines: unknown[][] = [];
    const log = (...line: unknown[]) => lines.push(line);
    const enode = createClient({
      fetch: answering(wrong),
      validate: "report",
      onDrift: (event) => events.push(event),
      logger: { debug: () => {}, info: () => {}, warn: log, error: log },
    });

    expect(await getAction(enode)).toEqual(wrong);

    expect(events).toEqual([
      {
        operation: "getVehicleAction",
        path: "/vehicles/actions/{actionId}",
        status: 200,
        issues: expect.arrayContaining([{ path: "state", message: expect.any(String) }]),
      },
    ]);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([events, lines])).not.toMatch(/hidden|404404/);
  });

  it("does not break a call when onDrift does", async () => {
    const onDrift = () => {
      throw new Error("broken");
    };
    const enode = createClient({ fetch: answering(wrong), validate: "report", onDrift });

    expect(await getAction(enode)).toEqual(wrong);
  });

  it("names the first 20 places at most", async () => {
    const page = {
      data: Array.from({ length: 100 }, () => ({})),
      pagination: { after: null, before: null },
    };
    const enode = createClient({ fetch: answering(page), validate: "throw" });

    const error = await failureOf(enode.request("listVehicles"), isResponseValidationError);

    expect(error.issues).toHaveLength(20);
    expect(error.issues[0]?.path).toMatch(/^data\.0\./);
  });

  it("does not repeat the request", async () => {
    const fetch = answering(wrong);

    await failureOf(getAction(createClient({ fetch, validate: "throw" })));

    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("does not check operations without a result", async () => {
    const fetch = stubFetch({ api: () => new Response(null, { status: 204 }) });
    const enode = createClient({ fetch, validate: "throw" });

    expect(await enode.request("deleteUser", { path: { userId: "u" } })).toBeUndefined();
  });
});
