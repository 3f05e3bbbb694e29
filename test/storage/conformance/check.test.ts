import { describe, expect, it } from "vitest";
import {
  type ConformanceCase,
  checkStore,
  deviceStoreCases,
  eventStoreCases,
  type MakeStore,
  tokenStoreCases,
} from "../../../src/storage/conformance/index.ts";
import type { TokenStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";

const intact: MakeStore<TokenStore> = ({ now }) => memoryStorage({ now }).tokenStore;

function linesOf(): { lines: string[]; print: (line: string) => void } {
  const lines: string[] = [];
  return { lines, print: (line) => void lines.push(line) };
}

/** What running a case of this name with this store rejects with. */
async function failureOf(name: string, makeStore: MakeStore<TokenStore>): Promise<unknown> {
  const found = tokenStoreCases.find((one) => one.name === name) as ConformanceCase<TokenStore>;
  return found.run(makeStore).then(
    () => undefined,
    (error) => error,
  );
}

describe("a report of a store", () => {
  it("tells in words that all promises are kept", async () => {
    const { lines, print } = linesOf();

    const report = await checkStore(tokenStoreCases, intact, { print });

    expect(report.broken).toEqual([]);
    expect(report.kept).toEqual(tokenStoreCases.map(({ name }) => name));
    expect(lines[0]).toBe("kept: gives a token back as it was set, until it is deleted");
    const { length } = tokenStoreCases;
    expect(lines.at(-1)).toBe(`${length} of ${length} promises are kept, 0 are broken`);
    expect(lines).toHaveLength(length + 1);
  });

  it("tells in words which promises are broken and how, and goes on after each of them", async () => {
    const { lines, print } = linesOf();
    const makeStore: MakeStore<TokenStore> = async (options) => ({
      ...(await intact(options)),
      delete: async () => {},
    });

    const { kept, broken } = await checkStore(tokenStoreCases, makeStore, { print });

    const told = broken.map(({ message }) => `BROKEN: ${message}`);
    expect(lines.filter((line) => line.startsWith("BROKEN"))).toEqual(told);
    expect(told).toEqual([
      'BROKEN: TokenStore breaks a promise: "gives a token back as it was set, until it is deleted": ' +
        'get after delete: expected undefined, found {"token":"a","expiresAt":4102444800000}',
      'BROKEN: TokenStore breaks a promise: "keeps hostile keys apart": ' +
        'get "__proto__": expected undefined, found "of __proto__"',
    ]);
    expect(kept).toHaveLength(tokenStoreCases.length - 2);
    expect(lines.at(-1)).toBe(
      `${kept.length} of ${tokenStoreCases.length} promises are kept, 2 are broken`,
    );
  });

  it("tells that a store failed, and with what", async () => {
    const failing: MakeStore<TokenStore> = () => {
      throw new Error("no connection");
    };

    const { kept, broken } = await checkStore(tokenStoreCases, failing);

    expect(kept).toEqual([]);
    expect(broken).toHaveLength(tokenStoreCases.length);
    expect(broken[0]?.message).toBe(
      'TokenStore breaks a promise: "gives a token back as it was set, until it is deleted": ' +
        'the store failed with "no connection"',
    );
  });

  it("tells it of what is no error too", async () => {
    const failure = await failureOf("replaces a token, with its time", () =>
      Promise.reject("a text"),
    );

    expect(failure).toMatchObject({
      name: "ConformanceError",
      contract: "TokenStore",
      promise: "replaces a token, with its time",
      message: expect.stringMatching(/the store failed with a text$/),
    });
  });

  it("cuts long values, and writes any of them", async () => {
    const answering = (found: unknown) => () =>
      // Stores of others answer with anything.
      ({ ...memoryStorage().tokenStore, get: async () => found }) as unknown as TokenStore;
    const name = "lets a token be deleted that is not there";

    const long = await failureOf(name, answering("x".repeat(10_000)));
    const big = await failureOf(name, answering({ expiresAt: 5n }));
    const error = await failureOf(name, answering(new Error("lost")));

    expect(String(long).length).toBeLessThan(700);
    expect(String(big)).toContain('found {"expiresAt":"5n"}');
    expect(String(error)).toContain('found the error "lost"');
  });
});

describe("a case", () => {
  it("has a store and a clock of its own", async () => {
    const clocks: (() => number)[] = [];

    await checkStore(tokenStoreCases, ({ now }) => {
      clocks.push(now);
      return memoryStorage({ now }).tokenStore;
    });

    expect(clocks).toHaveLength(tokenStoreCases.length);
    expect(new Set(clocks).size).toBe(tokenStoreCases.length);
  });

  it("of leases is passed by a store without leases", async () => {
    const makeStore: MakeStore<TokenStore> = async (options) => {
      const { get, set, delete: remove } = await intact(options);
      return { get, set, delete: remove };
    };

    expect((await checkStore(tokenStoreCases, makeStore)).broken).toEqual([]);
  });

  it("takes a store that forgets tokens when they have ended", async () => {
    const makeStore: MakeStore<TokenStore> = async (options) => {
      const store = await intact(options);
      return {
        ...store,
        async get(key) {
          const kept = await store.get(key);
          return kept && kept.expiresAt > Date.now() ? kept : undefined;
        },
      };
    };

    expect((await checkStore(tokenStoreCases, makeStore)).broken).toEqual([]);
  });

  it("takes a store that refuses NUL", async () => {
    const refuse = (text: string) => {
      if (text.includes("\u0000")) throw new Error("no NUL");
    };
    const report = await checkStore(deviceStoreCases, ({ now }) => {
      const store = memoryStorage({ now }).deviceStore;
      return {
        ...store,
        async upsert(records) {
          for (const { id } of records) refuse(id);
          return store.upsert(records);
        },
      };
    });
    const ofEvents = await checkStore(eventStoreCases, ({ now }) => {
      const store = memoryStorage({ now }).eventStore;
      return {
        ...store,
        async append(delivery) {
          refuse(delivery.digest);
          return store.append(delivery);
        },
      };
    });

    expect(report.broken).toEqual([]);
    expect(ofEvents.broken).toEqual([]);
  });
});
