import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, it } from "vitest";
import { deviceStoreCases } from "../../src/storage/conformance/index.ts";
import type { DeviceStore } from "../../src/storage/contracts/index.ts";
import * as storage from "../../src/storage/index.ts";

const guide = readFileSync(
  fileURLToPath(new URL("../../docs/guides/storage.md", import.meta.url)),
  "utf8",
);

interface KeyValue {
  read(key: string): Promise<{ value: string; version: string } | undefined>;
  write(key: string, value: string, version: string | null): Promise<boolean>;
  remove(key: string, version: string): Promise<boolean>;
  keys(prefix: string, after: string, limit: number): Promise<string[]>;
}

/** The store that the guide shows, as it stands there. */
function storeOfGuide(): (database: KeyValue) => DeviceStore {
  const section = guide.split("\n## A store of your own\n")[1] ?? "";
  const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(section) ?? [];
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const exported: { keyValueDeviceStore?: (database: KeyValue) => DeviceStore } = {};
  new Function("require", "exports", outputText)(() => storage, exported);
  if (!exported.keyValueDeviceStore) throw new Error("The guide exports no keyValueDeviceStore.");
  return exported.keyValueDeviceStore;
}

/** A database that lets others in between at each step, as one over a network does. */
function database(): KeyValue {
  const entries = new Map<string, { value: string; version: string }>();
  let lastVersion = 0;
  let sorted: string[] | undefined;
  const turn = () => Promise.resolve();
  return {
    async read(key) {
      await turn();
      return entries.get(key);
    },
    async write(key, value, version) {
      await turn();
      const known = entries.get(key);
      if ((known?.version ?? null) !== version) return false;
      if (!known) sorted = undefined;
      entries.set(key, { value, version: String(++lastVersion) });
      return true;
    },
    async remove(key, version) {
      await turn();
      if (entries.get(key)?.version !== version) return false;
      sorted = undefined;
      return entries.delete(key);
    },
    async keys(prefix, after, limit) {
      await turn();
      sorted ??= [...entries.keys()].sort();
      let low = 0;
      let high = sorted.length;
      const first = after > prefix ? after : prefix;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] ?? "") <= first) low = middle + 1;
        else high = middle;
      }
      const found = sorted.slice(low, low + limit);
      return found.filter((key) => key.startsWith(prefix));
    },
  };
}

describe("the store that the guide shows", () => {
  const make = storeOfGuide();
  for (const { name, run } of deviceStoreCases) {
    it(name, () => run(() => make(database())));
  }
});
