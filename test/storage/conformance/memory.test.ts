import { describe, expect, it } from "vitest";
import {
  activityLogCases,
  deviceStoreCases,
  eventStoreCases,
  readingStoreCases,
  tokenStoreCases,
  userStoreCases,
} from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";

describe("tokens in memory", () => {
  it.each(tokenStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).tokenStore);
  });
});

describe("users in memory", () => {
  it.each(userStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).userStore);
  });
});

describe("devices in memory", () => {
  it.each(deviceStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).deviceStore);
  });
});

describe("events in memory", () => {
  it.each(eventStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).eventStore);
  });
});

describe("activities in memory", () => {
  it.each(activityLogCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).activityLog);
  });
});

describe("readings in memory", () => {
  it.each(readingStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(({ now }) => memoryStorage({ now }).readingStore);
  });
});
