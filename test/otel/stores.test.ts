import { SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { memoryStorage, type TokenStore } from "../../src/storage/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { createClient, stubFetch } from "../support/stub.ts";
import { isBelow, useOpenTelemetry } from "./support/observed.ts";

const observed = useOpenTelemetry();

/** Runs in a span, as the handler of a request does. */
function inSpan<T>(work: () => Promise<T>): Promise<T> {
  return trace.getTracer("app").startActiveSpan("request", async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

describe("a call of a store", () => {
  it("is a span with the names of store and method, and nothing of its arguments", async () => {
    const { userStore } = observed.observability.storage(memoryStorage());

    const link = { namespace: "n", hostUserId: "host-1", enodeUserId: "enode-1" };
    await inSpan(() => userStore.link(link as never));

    const span = observed.span("userStore.link");
    expect(isBelow(span, observed.span("request"))).toBe(true);
    expect(span.attributes).toEqual({
      "enode.store.name": "userStore",
      "enode.store.method": "link",
    });
  });

  it("that fails says by what, and fails as before", async () => {
    const failure = new RangeError("with a value");
    const tokenStore: TokenStore = {
      get: async () => {
        throw failure;
      },
      set: async () => true,
      delete: async () => undefined,
    };
    const stores = observed.observability.storage({ tokenStore });

    await expect(inSpan(() => stores.tokenStore.get("key"))).rejects.toBe(failure);

    const span = observed.span("tokenStore.get");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span.attributes["error.type"]).toBe("RangeError");
    expect(stores.tokenStore.lease).toBeUndefined();
  });

  it("is below the call of a client that shares its token", async () => {
    const { tokenStore } = observed.observability.storage(memoryStorage());
    const { hooks } = observed.observability;
    const enode = createClient({ fetch: stubFetch(), tokenStore, hooks });

    await enode.request("getUser", { path: { userId: "u-1" } });

    expect(isBelow(observed.span("tokenStore.set"), observed.span("getUser"))).toBe(true);
  });

  it("works for a storage with private members, and leaves the rest of it as it is", async () => {
    const storage = sqliteStorage({ path: ":memory:" });
    const stores = observed.observability.storage(storage);

    expect(stores.describe()).toBe("sqlite");
    expect(stores.eventStore).toBe(stores.eventStore);
    expect(await stores.eventStore.counts?.("n")).toMatchObject({ waiting: 0 });
    const end = stores.eventStore.listen?.(() => {}, "n");
    expect(end).toBeTypeOf("function");
    await end?.();
    stores.close();
  });
});
