import { readFileSync } from "node:fs";
import ts from "typescript";
import { beforeEach, expect, it } from "vitest";
import * as sdk from "../../src/index.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/index.ts";
import { examplesIn, root } from "./support/compile-examples.ts";

/** What the programs of the guide export. */
interface Exports {
  startLinking(userId: string): Promise<string>;
  onReturn(userId: string, query: URLSearchParams): Promise<string>;
  relink(deviceId: string): Promise<string>;
}

const file = "docs/guides/linking.md";
const programs = examplesIn(file, readFileSync(root + file, "utf8"));
let sandbox: Sandbox;
let enode: sdk.Enode;

beforeEach(() => {
  sandbox = createSandbox({ seed: 1, clock: "manual" });
  enode = new sdk.Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
});

/** Runs all programs, and gives what they export together. */
function load(): Exports {
  const modules: Readonly<Record<string, object>> = {
    "enode-sdk": { ...sdk, Enode: { fromEnv: () => enode } },
  };
  const exported = {};
  for (const { code } of programs) {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
    });
    new Function("require", "exports", outputText)((name: string) => modules[name], exported);
  }
  return exported as Exports;
}

const tokenOf = (linkUrl: string) => new URL(linkUrl).pathname.split("/").at(-1) ?? "";

it("the guide links a user, and believes Enode rather than the redirect", async () => {
  const { startLinking, onReturn } = load();
  const linkUrl = await startLinking("user-1");
  expect(await onReturn("user-1", new URLSearchParams())).toBe("Nothing is linked yet.");
  expect(await onReturn("user-1", new URLSearchParams({ error: "user_exited" }))).toBe(
    "Nothing was linked. Try again?",
  );
  await sandbox.completeLink(tokenOf(linkUrl), { vendor: "TESLA" });
  expect(await onReturn("user-1", new URLSearchParams())).toBe("Linked: TESLA");
});

it("the guide links an account again", async () => {
  const { startLinking, relink } = load();
  await sandbox.completeLink(tokenOf(await startLinking("user-1")), { vendor: "TESLA" });
  const [vehicle] = await enode.vehicles.list({ userId: "user-1" }).toArray({ limit: 1 });
  const id = vehicle?.id ?? "";
  await expect(relink(id)).rejects.toSatisfy(sdk.isBadRequestError);
  sandbox.invalidateCredentials("user-1", "TESLA");
  expect((await enode.users.get("user-1")).linkedVendors[0]?.isValid).toBe(false);
  await sandbox.completeLink(tokenOf(await relink(id)), { vendor: "TESLA" });
  expect((await enode.users.get("user-1")).linkedVendors[0]?.isValid).toBe(true);
  const [again] = await enode.vehicles.list({ userId: "user-1" }).toArray({ limit: 1 });
  expect(again?.id).toBe(id);
});
