import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const [, app = ""] = /^```ts\n([^`]*?express\(\)[\s\S]*?)^```/m.exec(readme) ?? [];

/** Runs the app of the README with stand-ins for its modules, and gives what it passes to `listen`. */
function run(ensure: () => Promise<void>): (error?: Error) => void {
  const { outputText } = ts.transpileModule(app, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
    },
  });
  const listen = vi.fn<(port: number, callback: (error?: Error) => void) => void>();
  const modules: Record<string, object> = {
    "enode-sdk": { Enode: { fromEnv: () => ({ webhooks: { ensure } }) } },
    "enode-sdk/storage/sqlite": { sqliteStorage: () => ({}) },
    "enode-sdk/webhooks": {
      nodeHandler: vi.fn(),
      WebhookReceiver: class {
        on = vi.fn();
        start = vi.fn();
      },
    },
    express: { __esModule: true, default: () => ({ post: () => ({ listen }) }) },
  };
  new Function("require", "exports", outputText)((name: string) => modules[name], {});
  const callback = listen.mock.calls[0]?.[1];
  if (callback === undefined) throw new Error("The app does not listen.");
  return callback;
}

describe("the app of the readme", () => {
  it("throws what keeps it from listening, and subscribes to nothing then", () => {
    const ensure = vi.fn(async () => {});
    const callback = run(ensure);
    expect(() => callback(new Error("listen EADDRINUSE"))).toThrow("listen EADDRINUSE");
    expect(ensure).not.toHaveBeenCalled();
  });

  it("subscribes once it listens", () => {
    const ensure = vi.fn(async () => {});
    run(ensure)();
    expect(ensure).toHaveBeenCalledOnce();
  });
});

it("no program with Express ignores the error that its listen() passes", async () => {
  const files = ["README.md"];
  for await (const file of glob(["docs/guides/*.md", "examples/*.ts", "src/**/*.ts"], {
    cwd: root,
  })) {
    files.push(file);
  }
  const programs = files.flatMap((file) => {
    const text = readFileSync(root + file, "utf8");
    return file.endsWith(".md") ? (text.match(/^```ts\n[\s\S]*?^```/gm) ?? []) : [text];
  });
  const withExpress = programs.filter((code) => code.includes('from "express"'));
  expect(withExpress.length).toBeGreaterThan(1);
  expect(withExpress.filter((code) => /listen\([^;]*?\(\) =>/.test(code))).toEqual([]);
});

it("the readme names every entry of the package", () => {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(exports).filter((name) => name !== "./package.json");
  const [, imports = ""] = readme.split("\n## Imports\n");
  const named = [...imports.matchAll(/^\| `(enode-sdk[^`]*)` \|/gm)].map(([, name = ""]) => name);
  const expected = entries.map((name) => name.replace(/^\./, "enode-sdk"));
  expect(named.toSorted()).toEqual(expected.toSorted());
});
