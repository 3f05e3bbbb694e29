import { describe, expect, it } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import type { Requester } from "../../src/core/transport.ts";
import type { Vehicle } from "../../src/index.ts";
import { ScopedRequester } from "../../src/scope/scoped-requester.ts";
import { sampledOperations } from "../contract/support/inputs.ts";
import { clientOver, failureOf } from "../resources/support/client.ts";
import { ids, me, other, twoHomes } from "./support/two-homes.ts";

describe("a confined requester", () => {
  /** Resources that a path names; other ones than a user's devices and places are refused as a whole. */
  const foreign = (path: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.keys(path).map((name) => [name, name === "userId" ? other : ids.theirs]),
    );

  function confined() {
    const api = twoHomes();
    const enode = clientOver(api.fetch);
    const requester = new ScopedRequester(
      // The same function with its arguments typed for those who call it.
      { request: enode.request.bind(enode) as Requester["request"], deadlineOf: () => 30_000 },
      me,
    );
    return { api, requester };
  }

  const listed = sampledOperations.filter(({ isUnlisted }) => !isUnlisted);

  it.each(listed)("reaches nothing of somebody else by $id", async ({ id, inputs, path }) => {
    for (const { path: values, query, body } of inputs) {
      for (const extra of [{}, { userId: me }, { vehicleId: ids.mine }, { locationId: ids.mine }]) {
        const { api, requester } = confined();
        const input = { path: { ...extra, ...foreign(values) }, query, body };
        // The operation comes from the description, so the compiler cannot know which one it is.
        const call = requester.request(id as OperationId, input as never);
        const outcome = await call.then(
          (data) => ({ data }),
          (error: Error) => ({ error }),
        );
        expect(api.asked.filter((each) => !each.startsWith("GET "))).toEqual([]);
        if ("error" in outcome) {
          expect(["NotFoundError", "ConfigurationError"]).toContain(outcome.error.name);
        } else {
          // Only a list goes through, and as that of the user.
          expect(path).toMatch(/^\/[\w-]+$/);
          expect(api.asked).toEqual([expect.stringMatching(`^GET /users/${me}/`)]);
          const { data } = outcome.data as unknown as { data: Vehicle[] };
          expect(data.every(({ userId }) => userId === me)).toBe(true);
        }
      }
    }
  });

  it("refuses operations that have no owner", async () => {
    const { api, requester } = confined();
    const refused = listed.filter(({ path }) =>
      /^\/(users|webhooks|tariffs|assets|interventions|integrations|health)(\/(?!\{userId\})|$)/.test(
        path,
      ),
    );
    expect(refused.length).toBeGreaterThan(15);
    for (const { id, inputs } of refused) {
      const call = requester.request(id as OperationId, inputs[0] as never);
      expect(await failureOf(call)).toMatchObject({
        name: "ConfigurationError",
        parameter: "operation",
      });
    }
    expect(api.asked).toEqual([]);
  });

  it("refuses what is no operation, or has no input", async () => {
    const { api, requester } = confined();
    for (const operation of ["getLinkResult", "toString", ""]) {
      const call = requester.request(operation as OperationId, { path: { userId: me } } as never);
      expect(await failureOf(call)).toMatchObject({ name: "ConfigurationError" });
    }
    expect(await failureOf(requester.request("getVehicle"))).toMatchObject({
      name: "ConfigurationError",
      parameter: "vehicleId",
    });
    expect(api.asked).toEqual([]);
  });
});
