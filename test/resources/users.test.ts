import { describe, expect, it } from "vitest";
import { clientOver, failureOf } from "./support/client.ts";

function recording() {
  const asked: string[] = [];
  const { users } = clientOver(async (request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response(null, { status: 204 });
  });
  return { asked, users };
}

describe("users.disconnectVendor", () => {
  it("drops the whole account without a kind of device", async () => {
    const { asked, users } = recording();
    expect(await users.disconnectVendor("anna", "TESLA")).toBeUndefined();
    await users.disconnectVendor("anna", "TESLA", { maxRetries: 1 });
    expect(asked).toEqual(Array(2).fill("DELETE /users/anna/vendors/TESLA"));
  });

  it("drops one kind of device with it", async () => {
    const { asked, users } = recording();
    await users.disconnectVendor("anna", "TESLA", "vehicle");
    expect(asked).toEqual(["DELETE /users/anna/vendors/TESLA/vehicle"]);
  });

  it("never turns a kind that got lost into the whole account", async () => {
    const { asked, users } = recording();
    for (const vendorType of ["", " ", ".", "..", null, undefined]) {
      // What a caller without types can pass.
      const call = users.disconnectVendor("anna", "TESLA", vendorType as string);
      expect(await failureOf(call)).toMatchObject({
        name: "ConfigurationError",
        parameter: "vendorType",
      });
    }
    expect(asked).toEqual([]);
  });
});

describe("users.delete", () => {
  it.each(["", ".", "..", undefined, null])("refuses %o, and sends nothing", async (userId) => {
    const { asked, users } = recording();
    // What a caller without types can pass.
    expect(await failureOf(users.delete(userId as string))).toMatchObject({
      name: "ConfigurationError",
      parameter: "userId",
    });
    expect(asked).toEqual([]);
  });

  it("keeps an ID in its place in the path", async () => {
    const { asked, users } = recording();
    await users.delete("../vehicles?x#y");
    expect(asked).toEqual(["DELETE /users/..%2Fvehicles%3Fx%23y"]);
  });
});
