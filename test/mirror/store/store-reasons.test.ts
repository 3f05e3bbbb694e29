import { describe, expect, it } from "vitest";
import { isStoreError } from "../../../src/errors/index.ts";
import { ActivityRecorder } from "../../../src/mirror/index.ts";
import { withSafeMessage } from "../../../src/shared/store-reason.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { hosted, session } from "../../identity/support/hosted.ts";
import { failureOf } from "../../support/stub.ts";
import { broken, stubbedWorld } from "../support/world.ts";

const hint = "Tables of enode-sdk are missing: call migrate() first";
const own = () => Promise.reject(withSafeMessage(new Error(`${hint}.`)));
const foreign = () => Promise.reject(new Error("value of anna@example.com is odd"));

/** Each way in which a store of the host's is asked, with the store failing. */
const ways: [name: string, use: (fail: () => Promise<never>) => PromiseLike<unknown>][] = [
  ["a mirror", (fail) => stubbedWorld({}, broken("get", fail)).mirror.devices.get("v1")],
  ["users.resolve", (fail) => withUserStore("get", fail).users.resolve("anna")],
  ["users.link", (fail) => withUserStore("link", fail).users.link({ hostUserId: "anna" }, session)],
  ["a scope", (fail) => withUserStore("get", fail).user({ hostUserId: "anna" }).get()],
  ["users.erase", (fail) => withUserStore("beginErasure", fail).users.erase("anna")],
  ["the activity", (fail) => recorderWith("list", fail).activity({ userId: "u1" })],
  ["pruning activity", (fail) => recorderWith("prune", fail).prune(0)],
];

function withUserStore(method: string, fail: () => Promise<never>) {
  return hosted({
    storage: (all) => ({ ...all, userStore: { ...all.userStore, [method]: fail } }),
  }).enode;
}

function recorderWith(method: string, fail: () => Promise<never>) {
  const log = { ...memoryStorage().activityLog, [method]: fail };
  return new ActivityRecorder({ log, namespace: "sandbox:c" });
}

describe("a store that fails", () => {
  it.each(ways)("says why when it is one of this package, to %s", async (_, use) => {
    const error = await failureOf(use(own), isStoreError);
    expect(error.message).toMatch(/ failed: Tables .* call migrate\(\) first\.$/);
    expect(Object(error.cause).message).toContain(hint);
  });

  it.each(ways)("is not quoted when it is the host's, to %s", async (_, use) => {
    const error = await failureOf(use(foreign), isStoreError);
    expect(error.message).toMatch(/ failed\.$/);
    expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain("anna");
  });
});
