import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { entries } from "../../scripts/entries.ts";
import { readDocument } from "../../scripts/generate/document.ts";
import { loadApi } from "../../scripts/generate/load-api.ts";
import { sentNames } from "../../scripts/generate/references.ts";
import { root } from "./install.ts";

// Those of zod take whatever they are given.
const checked = entries.filter(({ name }) => name !== "enode-sdk/schemas");

/** What this package gives to the host, or a receiver has by itself: no host says undefined there. */
const given = new Set([
  "FetchInit.body",
  "FetchInit.cache",
  ".forgive",
  ".hasStore",
  ".onBatch",
  ".reportFailure",
]);

/** By these fewer things are found or struck: undefined, a value that got lost, must not mean all of them. */
const narrowing = new Set([
  "actionId",
  "assetTypes",
  "collection",
  "deletedBefore",
  "deviceId",
  "id",
  "ids",
  "kind",
  "kinds",
  "locationId",
  "method",
  "namespace",
  "observedBefore",
  "operation",
  "path",
  "userId",
  "vendor",
  "vendorType",
]);

/** What callbacks get from us; some are members of our classes, and so look as though others called them. */
const outputs = new Set(["ErrorEvent", "WebhookErrorContext"]);

/**
 * Goes over all that a caller of the package passes: parameters of exported functions, constructors and methods, and
 * what these hold. Functions among them are ours to call, so that what they take is no input.
 */
class Inputs {
  readonly refusing = new Set<string>();
  readonly taking = new Set<string>();
  readonly #checker: ts.TypeChecker;
  readonly #seen = new Set<ts.Type>();
  readonly #isSent: (name: string) => boolean;

  /** @param isSent Whether a generated type of this name is sent, and not only received. */
  constructor(checker: ts.TypeChecker, isSent: (name: string) => boolean) {
    this.#checker = checker;
    this.#isSent = isSent;
  }

  /** Takes a class, a function, or an object of ours, whose methods are called by others. */
  api(type: ts.Type): void {
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    if (type.isUnionOrIntersection()) for (const part of type.types) this.api(part);
    for (const signature of [...type.getConstructSignatures(), ...type.getCallSignatures()]) {
      for (const parameter of signature.getParameters()) {
        this.#input(this.#checker.getTypeOfSymbol(parameter));
      }
      const made = signature.getReturnType();
      this.api(this.#checker.getAwaitedType(made) ?? made);
    }
    for (const property of type.getProperties()) {
      if (!isOurs(property)) continue;
      this.api(this.#checker.getTypeOfSymbol(property));
    }
  }

  #input(type: ts.Type): void {
    if (type.isUnionOrIntersection()) {
      for (const part of type.types) this.#input(part);
    }
    const item = this.#checker.isArrayType(type) ? type.getNumberIndexType() : undefined;
    if (item) this.#input(item);
    // Of generic inputs, what each operation takes.
    const constraint = type.isTypeParameter() ? type.getConstraint() : undefined;
    if (constraint) this.#input(constraint);
    if (this.#seen.has(type) || type.isClass()) return;
    this.#seen.add(type);
    for (const property of type.getProperties()) {
      if (!isOurs(property)) continue;
      const owner = ownerOf(property);
      if (outputs.has(owner) || (isGenerated(property) && !this.#isSent(owner))) continue;
      const value = this.#checker.getTypeOfSymbol(property);
      if (property.flags & ts.SymbolFlags.Optional) {
        const name = `${owner}.${property.name}`;
        (this.#takesUndefined(value) ? this.taking : this.refusing).add(name);
      }
      this.#input(value);
    }
  }

  /** The type of an optional property always has a kind of undefined, which is another one than this. */
  #takesUndefined(type: ts.Type): boolean {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return true;
    const parts = type.isUnion() ? type.types : [type];
    return parts.some((part) => {
      if (part === this.#checker.getUndefinedType()) return true;
      // Of a member of a generic input, what its constraint takes; whether that is resolved here depends on the order
      // of the files.
      const isOpen = (part.flags & ts.TypeFlags.IndexedAccess) !== 0;
      const constraint = isOpen ? this.#checker.getBaseConstraintOfType(part) : undefined;
      return constraint !== undefined && this.#takesUndefined(constraint);
    });
  }
}

function isGenerated(symbol: ts.Symbol): boolean {
  return symbol.declarations?.[0]?.getSourceFile().fileName.includes("/generated/") === true;
}

function isOurs(symbol: ts.Symbol | undefined): boolean {
  const [declaration] = symbol?.declarations ?? [];
  const file = declaration?.getSourceFile().fileName ?? "";
  return /\/(src|generated)\/[^:]*\.ts$/.test(file) && !file.includes("/node_modules/");
}

/** The name of what a property is declared in: an interface, a type, or the property that holds the object. */
function ownerOf(symbol: ts.Symbol): string {
  let node: ts.Node | undefined = symbol.declarations?.[0]?.parent;
  while (node) {
    if (
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isPropertySignature(node) ||
      ts.isMethodSignature(node)
    ) {
      return node.name.getText();
    }
    node = node.parent;
  }
  return "";
}

describe("the inputs of the package, with exactOptionalPropertyTypes", () => {
  let inputs: Inputs;

  beforeAll(async () => {
    const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const files = checked.map(({ source }) => join(root, source));
    const program = ts.createProgram(files, options);
    const checker = program.getTypeChecker();
    const api = loadApi(await readDocument(join(root, "openapi/enode-2024-10-01.yaml")));
    const sent = sentNames(api).add("query").add("body");
    inputs = new Inputs(checker, (name) => sent.has(name));
    for (const file of files) {
      const source = program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      for (const symbol of module ? checker.getExportsOfModule(module) : []) {
        const target =
          symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        if (target.flags & ts.SymbolFlags.Value) inputs.api(checker.getTypeOfSymbol(target));
        if (target.flags & ts.SymbolFlags.Class) {
          inputs.api(checker.getDeclaredTypeOfSymbol(target));
        }
      }
    }
  });

  it("take undefined wherever something may be left out, unless it narrows", () => {
    const others = [...inputs.refusing].filter(
      (name) => !narrowing.has(name.split(".")[1] ?? "") && !given.has(name),
    );
    expect(others).toEqual([]);
  });

  it.each(["UserPageQuery.userId", "query.id", "query.vendor"])("refuse it for %s", (name) => {
    expect([...inputs.refusing]).toContain(name);
  });

  it.each([
    "RequestOptions.signal",
    "CommonOptions.timeout",
    "ReceiverSettings.store",
    "WaitOptions.receiver",
    "PageQuery.pageSize",
    "LinkSessionRequest.vendor",
    "ChargeScheduleRule.weekdays",
    "SandboxOptions.seed",
    "VehicleSettings.batteryLevel",
    "MirrorOptions.onError",
    "SqliteStorageOptions.now",
  ])("are looked at, such as %s", (name) => {
    expect([...inputs.taking]).toContain(name);
  });
});
