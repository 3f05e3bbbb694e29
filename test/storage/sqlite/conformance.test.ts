import { afterEach, describe, expect, it } from "vitest";
import {
  activityLogCases,
  type ConformanceCase,
  deviceStoreCases,
  eventStoreCases,
  readingStoreCases,
  tokenStoreCases,
  userStoreCases,
} from "../../../src/storage/conformance/index.ts";
import type { SqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

const files = new SqliteFiles();

afterEach(() => files.clear());

/** A store whose calls go to one of the two in turn. */
function inTurn<Store extends object>(one: Store, two: Store): Store {
  let calls = 0;
  return new Proxy(one, {
    get: (_target, method) => Reflect.get(++calls % 2 ? one : two, method),
  });
}

function holds<Store extends object>(
  name: string,
  cases: readonly ConformanceCase<Store>[],
  storeOf: (storage: SqliteStorage) => Store,
): void {
  describe(`${name} in SQLite`, () => {
    it.each(cases)("$name", async ({ run }) => {
      expect.assertions(0);
      // In memory, where no disk is waited for: the same code, and those below are in files.
      await run(({ now }) => storeOf(files.open(":memory:", now)));
    });
  });

  describe(`${name} in an SQLite file that two connections share`, () => {
    it.each(cases)("$name", async ({ run }) => {
      expect.assertions(0);
      await run(({ now }) => {
        const path = files.path();
        return inTurn(storeOf(files.open(path, now)), storeOf(files.open(path, now)));
      });
    });
  });
}

holds("the token store", tokenStoreCases, ({ tokenStore }) => tokenStore);
holds("the user store", userStoreCases, ({ userStore }) => userStore);
holds("the device store", deviceStoreCases, ({ deviceStore }) => deviceStore);
holds("the event store", eventStoreCases, ({ eventStore }) => eventStore);
holds("the activity log", activityLogCases, ({ activityLog }) => activityLog);
holds("the reading store", readingStoreCases, ({ readingStore }) => readingStore);
