import { type Cell, expectText } from "../support/cell.ts";

const MODULE_TEST = `import { PROBE_IMPORTS } from "RUNNER";
import { probe } from "./probe.mjs";

test("the probe passes", async () => {
  const text = await probe();
  if (!text.includes("SQLite")) throw new Error(text);
}, 60_000);
`;

const JEST_TESTS = {
  "probe.test.js": `const { probe } = require("./probe.cjs");

test("the probe passes", async () => {
  expect(await probe()).toContain("SQLite");
}, 60_000);
`,
  "clock.test.js": `const { Enode } = require("enode-sdk");
const { createSandbox } = require("enode-sdk/sandbox");

afterEach(() => jest.useRealTimers());

test("retries wait by Jest's fake timers", async () => {
  jest.useFakeTimers();
  const sandbox = createSandbox({ clock: "manual", fleet: "small" });
  const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
  sandbox.faults.next({ operation: "listVehicles", status: 503 });
  const length = enode.vehicles.list().then(({ data }) => data.length);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(await length).toBe(5);
});

test("a refused connection is known in Jest's realm", async () => {
  const { createServer } = require("node:net");
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  const sandbox = createSandbox({ clock: "manual" });
  const isToken = (input) => String(input.url ?? input).includes("/oauth2/token");
  const enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    baseUrl: \`http://127.0.0.1:\${port}\`,
    fetch: (input, init) => (isToken(input) ? sandbox.fetch(input, init) : fetch(input, init)),
    maxRetries: 0,
  });
  const error = await enode.vehicles.startCharging("a-vehicle").catch((thrown) => thrown);
  expect(error.beforeSend).toBe(true);
});
`,
};

// The main entry brings ky, which needs a TextEncoder.
const JSDOM_TEST = `/** @jest-environment jsdom */
test.each(["webhooks", "schemas", "storage", "storage/sqlite", "storage/postgres", "storage/redis", "sandbox"])(
  "enode-sdk/%s can be imported",
  (entry) => {
    expect(Object.keys(require("enode-sdk/" + entry)).length).toBeGreaterThan(0);
  },
);
`;

function jest(version: string): Cell {
  return {
    group: "Test runners",
    name: `Jest ${version}: CommonJS, fake timers, an alias for #, jsdom`,
    versions: [`jest@${version}`],
    async run(context) {
      await context.install([`jest@${version}`, `jest-environment-jsdom@${version}`]);
      await context.writeProbe();
      const alias = { moduleNameMapper: { "^#(.*)$": "<rootDir>/src/$1" } };
      await context.write({ ...JEST_TESTS, "dom.test.js": JSDOM_TEST, "alias.json": alias });
      await context.bin("jest", ["--runInBand"]);
      await context.bin("jest", ["--config", "alias.json", "--rootDir", ".", "--runInBand"]);
      return undefined;
    },
  };
}

function vitest(version: string): Cell {
  return {
    group: "Test runners",
    name: `Vitest ${version}`,
    versions: [`vitest@${version}`],
    async run(context) {
      await context.install([`vitest@${version}`]);
      await context.writeProbe();
      await context.write({
        "probe.test.mjs": MODULE_TEST.replace("PROBE_IMPORTS", "test").replace("RUNNER", "vitest"),
      });
      await context.bin("vitest", ["run"]);
      await context.bin("vitest", ["run", "--pool=vmThreads"]);
      return "in threads, forks and VM contexts";
    },
  };
}

function mocha(version: string): Cell {
  return {
    group: "Test runners",
    name: `Mocha ${version}`,
    versions: [`mocha@${version}`],
    async run(context) {
      await context.install([`mocha@${version}`]);
      await context.writeProbe();
      await context.write({
        "probe.test.cjs": `const { probe } = require("./probe.cjs");
it("passes", async function () {
  this.timeout(60_000);
  console.log(await probe());
});
`,
      });
      expectText(await context.bin("mocha", ["probe.test.cjs"]), "SQLite");
      return undefined;
    },
  };
}

const nodeTest: Cell = {
  group: "Test runners",
  name: "node:test, with mocked timers",
  versions: [],
  async run(context) {
    await context.install();
    await context.writeProbe();
    await context.write({
      "probe.test.mjs": `import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Enode } from "enode-sdk";
import { createSandbox } from "enode-sdk/sandbox";
import { probe } from "./probe.mjs";

test("passes", async () => assert.match(await probe(), /SQLite/));
test("waits by mocked timers", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const sandbox = createSandbox({ clock: "manual", fleet: "small" });
  const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
  sandbox.faults.next({ operation: "listVehicles", status: 503 });
  let length;
  const list = enode.vehicles.list().then(({ data }) => { length = data.length; });
  for (let turn = 0; length === undefined && turn < 1_000; turn++) {
    mock.timers.tick(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await list;
  assert.equal(length, 5);
  mock.timers.reset();
});
`,
    });
    await context.node(["--test", "probe.test.mjs"]);
    return `Node ${process.versions.node}`;
  },
};

export const cells: readonly Cell[] = [
  jest("29"),
  jest("30"),
  vitest("3"),
  vitest("4"),
  vitest("5"),
  mocha("11"),
  mocha("12"),
  nodeTest,
];
