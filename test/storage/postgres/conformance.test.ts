import {
  activityLogCases,
  type ConformanceCase,
  deviceStoreCases,
  eventStoreCases,
  readingStoreCases,
  tokenStoreCases,
  userStoreCases,
} from "enode-sdk/storage/conformance";
import { beforeAll, describe, expect, it } from "vitest";
import { type PostgresStorage, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";

/** Events before the deliveries that they refer to. */
const tables = [
  ...["events", "deliveries", "tokens", "token_leases", "users", "records", "activity"],
  ...["namespaces", "scans", "erased", "series", "points", "days", "stale"].map(
    (name) => `reading_${name}`,
  ),
];

withPostgres("PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 20 });
  beforeAll(() => postgresStorage({ pool }).migrate());

  function conforms<Store>(
    cases: readonly ConformanceCase<Store>[],
    storeOf: (storage: PostgresStorage) => Store,
  ): void {
    it.each([...cases])("$name", async ({ run }) => {
      await run(async ({ now }) => {
        // Far faster than TRUNCATE, as they hold little.
        await pool.query(tables.map((table) => `DELETE FROM enode_${table};`).join(""));
        return storeOf(postgresStorage({ pool, now }));
      });
    });
  }

  it("says what it is", () => {
    expect(postgresStorage({ pool }).describe()).toBe("postgres");
  });

  describe("for tokens", () => conforms(tokenStoreCases, ({ tokenStore }) => tokenStore));
  describe("for users", () => conforms(userStoreCases, ({ userStore }) => userStore));
  describe("for devices", () => conforms(deviceStoreCases, ({ deviceStore }) => deviceStore));
  describe("for events", () => conforms(eventStoreCases, ({ eventStore }) => eventStore));
  describe("for activity", () => conforms(activityLogCases, ({ activityLog }) => activityLog));
  describe("for readings", () => conforms(readingStoreCases, ({ readingStore }) => readingStore));
});
