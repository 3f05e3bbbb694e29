import { describe, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { contractFetch, findOperation } from "../support/contract.ts";
import { describedOperations } from "../support/openapi.ts";
import { callEveryOperation, failuresIn, TOUR_OPTIONS } from "./support/every-operation.ts";
import { methods } from "./support/methods.ts";

describe("the sandbox", () => {
  it("answers every operation of the client with a described success", async () => {
    const sandbox = createSandbox(TOUR_OPTIONS);
    const fetch = contractFetch(sandbox.fetch);
    const answered = new Map<string, Set<string>>();
    const enode = new Enode({
      ...sandbox.credentials,
      environment: "sandbox",
      maxRetries: 0,
      validate: "throw",
      async fetch(request) {
        const response = await fetch(request);
        const id = findOperation(request.method, new URL(request.url).pathname)?.id;
        const statuses = answered.get(id ?? "token") ?? new Set();
        answered.set(id ?? "token", statuses.add(String(response.status)));
        return response;
      },
    });
    expect(failuresIn(await callEveryOperation(sandbox, enode))).toEqual([]);

    const succeeded = describedOperations.filter(({ id, responses }) =>
      [...responses.keys()].some(
        (status) => status.startsWith("2") && answered.get(id)?.has(status),
      ),
    );
    expect(succeeded.map(({ id }) => id).sort()).toEqual(Object.keys(methods).sort());
    expect(succeeded).toHaveLength(94);
  });
});
