import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DocumentError,
  type OpenApiDocument,
  readDocument,
  type Schema,
} from "../../scripts/generate/document.ts";
import { renderFiles } from "../../scripts/generate/files.ts";

const main = fileURLToPath(new URL("../../scripts/generate/main.ts", import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "generate-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the generator as `npm run generate` does. */
function run(...args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], (_error, _stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stderr });
    });
  });
}

/** Generates from a document, and returns a function that gives the text of each file. */
async function generate(document: OpenApiDocument): Promise<(name: string) => string> {
  const files = await renderFiles(document, "0.0.0");
  return (name) => files.get(name) ?? `There is no ${name}.`;
}

function withSchemas(
  schemas: Record<string, Schema>,
  paths: OpenApiDocument["paths"] = {},
): OpenApiDocument {
  return { openapi: "3.1.0", info: { version: "2030-01-01" }, paths, components: { schemas } };
}

const ok = { "200": { description: "Done." } };
const json = (schema: object) => ({ description: "", content: { "application/json": { schema } } });

describe("a schema", () => {
  it("becomes an export of its own that keeps its comments", async () => {
    const file = await generate(
      withSchemas({
        Meter: {
          description: "An energy meter.",
          required: ["power"],
          properties: { power: { type: "number", description: "In kW." } },
        },
        Site: { properties: { meter: { $ref: "#/components/schemas/Meter" } } },
      }),
    );

    const types = file("types.ts");
    expect(types).toContain(
      "/** An energy meter. */\nexport interface Meter {\n  /** In kW. */\n  power: number;\n}\n",
    );
    expect(types).toContain(
      "export interface Site {\n  /** An energy meter. */\n  meter?: Meter;\n}\n",
    );
  });

  it("describes a property that says nothing of itself by what it refers to", async () => {
    const file = await generate(
      withSchemas({
        Meter: { type: "object", description: "An energy meter.", properties: {} },
        Site: {
          properties: {
            main: { $ref: "#/components/schemas/Meter" },
            second: { oneOf: [{ $ref: "#/components/schemas/Meter" }, { type: "null" }] },
            own: { $ref: "#/components/schemas/Meter", description: "The meter of the tenant." },
          },
        },
      }),
    );

    expect(file("types.ts")).toContain(
      "  /** An energy meter. */\n  main?: Meter;\n  /** An energy meter. */\n  second?: Meter | null;\n" +
        "  /** The meter of the tenant. */\n  own?: Meter;\n",
    );
  });

  it("with an open enum takes any string and still names the known ones", async () => {
    const file = await generate(
      withSchemas({
        State: { type: "string", enum: ["ON", "OFF"], "x-open-enum": true },
        Maybe: { type: ["string", "null"], enum: ["ON", null], "x-open-enum": true },
        Closed: { type: "string", enum: ["ON", "OFF"] },
      }),
    );

    const types = file("types.ts");
    expect(types).toContain('export type State = "ON" | "OFF" | (string & {});');
    expect(types).toContain('export type Maybe = "ON" | (string & {}) | null;');
    expect(types).toContain('export type Closed = "ON" | "OFF";');
    const schemas = file("schemas.ts");
    expect(schemas).toContain('/* @__PURE__ */ (() => openEnum<"ON" | "OFF">())();');
    expect(schemas).toContain('openEnum<"ON">().nullable())();');
    expect(schemas).toContain(
      'ClosedSchema: z.ZodLiteral<"ON" | "OFF"> = /* @__PURE__ */ (() => z.literal(["ON", "OFF"]))();',
    );
  });

  it("may be null in every way that OpenAPI has to say so", async () => {
    const file = await generate(
      withSchemas({
        Other: { type: "object", properties: { id: { type: "string" } } },
        Subject: {
          required: ["a", "b", "c", "d"],
          properties: {
            a: { type: ["string", "null"] },
            b: { oneOf: [{ $ref: "#/components/schemas/Other" }, { type: "null" }] },
            c: { type: ["string", "null"], enum: ["X", null] },
            d: { type: "number", nullable: true },
          },
        },
      }),
    );

    expect(file("types.ts")).toContain(
      'Subject {\n  a: string | null;\n  b: Other | null;\n  c: "X" | null;\n  d: number | null;\n}',
    );
    const schemas = file("schemas.ts");
    expect(schemas).toContain("a: z.string().nullable(),\n  b: OtherSchema.nullable(),");
    expect(schemas).toContain('c: z.literal("X").nullable(),\n  d: z.number().nullable(),');
  });

  it("that is composed of objects becomes one object", async () => {
    const file = await generate(
      withSchemas({
        Base: { type: "object", required: ["id"], properties: { id: { type: "string" } } },
        Child: {
          allOf: [
            { $ref: "#/components/schemas/Base" },
            { properties: { age: { type: "number" } } },
          ],
        },
      }),
    );

    expect(file("types.ts")).toContain("interface Child {\n  id: string;\n  age?: number;\n}");
    expect(file("schemas.ts")).toContain(
      "ChildSchema: z.ZodObject<{ id: z.ZodString; age: z.ZodExactOptional<z.ZodNumber> }, z.core.$loose> = /* @__PURE__ */ (() => z.looseObject({\n  id: z.string(),\n  age: z.number().exactOptional(),\n}))();",
    );
  });

  it("may contain itself", async () => {
    const file = await generate(
      withSchemas({
        Tree: {
          type: "object",
          properties: { leaves: { type: "array", items: { $ref: "#/components/schemas/Tree" } } },
        },
      }),
    );

    expect(file("schemas.ts")).toContain(
      "TreeSchema: z.ZodType<types.Tree, types.Tree> = /* @__PURE__ */ (() => z.looseObject({\n" +
        "  leaves: z.array(z.lazy(() => TreeSchema)).exactOptional(),\n}))();",
    );
  });

  it("that is an incomplete copy takes over what it does not list, missing or null at any depth", async () => {
    const file = await generate(
      withSchemas({
        // Before what it copies: the order must not matter.
        FoundCar: {
          type: "object",
          "x-incomplete-copy-of": "#/components/schemas/Car",
          required: ["id", "facts"],
          properties: {
            id: { $ref: "#/components/schemas/Car/properties/id" },
            facts: { $ref: "#/components/schemas/Facts" },
          },
        },
        Car: {
          type: "object",
          required: ["id", "facts", "charge", "vendor", "trips"],
          properties: {
            id: { type: "string", description: "Car ID." },
            facts: { $ref: "#/components/schemas/Facts" },
            charge: { $ref: "#/components/schemas/Charge", description: "Its battery." },
            range: { oneOf: [{ $ref: "#/components/schemas/Charge" }, { type: "null" }] },
            vendor: { $ref: "#/components/schemas/Vendor" },
            kind: { type: "string", const: "car" },
            trips: { type: "array", items: { $ref: "#/components/schemas/Facts" } },
          },
        },
        Facts: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
        Charge: {
          type: "object",
          description: "A charge state.",
          required: ["level", "by"],
          properties: {
            level: { type: "number", description: "In %.", "x-beta": true },
            by: {
              type: "object",
              required: ["vendor"],
              properties: { vendor: { $ref: "#/components/schemas/Vendor" } },
            },
          },
        },
        Vendor: { type: "string", enum: ["AUDI"], "x-open-enum": true },
      }),
    );

    const charge =
      "{\n    /**\n     * In %.\n     * @beta\n     */\n    level?: number | null;\n" +
      "    by?: {\n      vendor?: Vendor | null;\n    } | null;\n  } | null;\n";
    expect(file("types.ts")).toContain(
      "export interface FoundCar {\n  /** Car ID. */\n  id: string;\n  facts: Facts;\n" +
        `  /** Its battery. */\n  charge?: ${charge}  range?: ${charge}` +
        '  vendor?: Vendor | null;\n  kind?: "car" | null;\n  trips?: Facts[] | null;\n}\n',
    );
    expect(file("types.ts")).toContain("export interface Charge {");
    const copy = file("schemas.ts").split("FoundCarSchema")[1];
    expect(copy).toContain("  id: z.string(),\n  facts: FactsSchema,\n  charge: z.looseObject({\n");
    expect(copy).toContain("      vendor: VendorSchema.nullable().exactOptional(),\n");
    expect(copy).toContain('  kind: z.literal("car").nullable().exactOptional(),\n');
    expect(copy).toContain("  trips: z.array(FactsSchema).nullable().exactOptional(),\n");
  });

  it("that is an incomplete copy may have a source that has lists of itself", async () => {
    const file = await generate(
      withSchemas({
        Tree: {
          type: "object",
          properties: { leaves: { type: "array", items: { $ref: "#/components/schemas/Tree" } } },
        },
        Seed: { type: "object", "x-incomplete-copy-of": "#/components/schemas/Tree" },
      }),
    );

    expect(file("types.ts")).toContain("export interface Seed {\n  leaves?: Tree[] | null;\n}");
  });

  it("of a discriminated union gets the value that only the mapping names", async () => {
    const file = await generate(
      withSchemas({
        Pet: {
          oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }],
          discriminator: {
            propertyName: "kind",
            mapping: { cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog" },
          },
        },
        Cat: { type: "object", properties: { kind: { type: "string" } } },
        Dog: { type: "object", properties: { kind: { type: "string" } } },
      }),
    );

    const types = file("types.ts");
    expect(types).toContain("export type Pet = Cat | Dog;");
    expect(types).toContain('export interface Cat {\n  kind: "cat";\n}');
    expect(file("schemas.ts")).toContain('z.discriminatedUnion("kind", [');
  });
});

describe("an operation", () => {
  it("is replayed unless it may be a command to a device or a create", async () => {
    const operation = (operationId: string) => ({ operationId, responses: ok });
    const file = await generate(
      withSchemas(
        {},
        {
          "/a": {
            get: operation("read"),
            put: operation("replace"),
            delete: operation("remove"),
            post: operation("command"),
            patch: operation("change"),
          },
          "/a/refresh-hint": { post: operation("refresh") },
        },
      ),
    );

    const table = file("operations.ts");
    const replayed = [...table.matchAll(/^ {2}(\w+): \{.*replay: true/gm)].map(([, id]) => id);
    expect(replayed).toEqual(["read", "replace", "remove", "refresh"]);
  });

  it("counts a failure as a result only if it answers what a success answers", async () => {
    const action = json({ $ref: "#/components/schemas/Action" });
    const file = await generate(
      withSchemas(
        { Action: { type: "object" }, Fault: { type: "object" } },
        {
          "/cancel": {
            post: {
              operationId: "cancel",
              responses: {
                "200": action,
                "409": action,
                "418": json({ $ref: "#/components/schemas/Fault" }),
              },
            },
          },
        },
      ),
    );

    expect(file("operations.ts")).toContain('path: "/cancel", answers: [409] }');
    expect(file("response-schemas.ts")).toContain(
      "cancel: { 200: schemas.ActionSchema, 409: schemas.ActionSchema },",
    );
    expect(file("types.ts")).toContain(
      "cancel: {\n    /** Body of a success. */\n    result: Action;\n  };",
    );
  });

  it("that is unlisted is dropped with all that only it uses", async () => {
    const file = await generate(
      withSchemas(
        {
          Shared: {
            type: "object",
            properties: { secret: { type: "string", "x-unlisted": true } },
          },
          OnlyHidden: { type: "object" },
          Hidden: { properties: { part: { $ref: "#/components/schemas/OnlyHidden" } } },
        },
        {
          "/a": {
            get: {
              operationId: "shown",
              responses: { "200": json({ $ref: "#/components/schemas/Shared" }) },
            },
            post: {
              operationId: "hidden",
              "x-unlisted": true,
              requestBody: json({ $ref: "#/components/schemas/Shared" }),
              responses: { "200": json({ $ref: "#/components/schemas/Hidden" }) },
            },
          },
        },
      ),
    );

    for (const name of ["types.ts", "schemas.ts", "operations.ts", "response-schemas.ts"]) {
      expect(file(name)).not.toMatch(/hidden|secret/i);
    }
    expect(file("types.ts")).toContain("Shared");
  });

  it("may describe its parameters, body and answers in place", async () => {
    const file = await generate(
      withSchemas(
        {},
        {
          "/cars/{car-id}": {
            parameters: [
              { name: "car-id", in: "path", required: true, schema: { type: "string" } },
              { name: "Enode-Version", in: "header", schema: { type: "string" } },
            ],
            patch: {
              operationId: "patch-car",
              parameters: [{ name: "dryRun", in: "query", schema: { type: "boolean" } }],
              requestBody: json({ type: "object", properties: { name: { type: "string" } } }),
              responses: { "200": json({ type: "array", items: { type: "string" } }) },
            },
          },
        },
      ),
    );

    const types = file("types.ts").replaceAll(/ *\/\*\*.*\*\/\n/g, "");
    expect(types).toContain('"patch-car": {\n    path: {\n      "car-id": string;\n    };');
    // What is sent may be undefined where it may be left out.
    const query = "query?: {\n      dryRun?: boolean | undefined;\n    } | undefined;";
    const body = "body?: {\n      name?: string | undefined;\n    } | undefined;";
    expect(types).toContain(`${query}\n    ${body}\n    result: string[];`);
    expect(types).not.toContain("Enode-Version");
    expect(file("operations.ts")).toContain(
      '"patch-car": { method: "PATCH", path: "/cars/{car-id}", query: ["dryRun"], body: true, list: true },',
    );
    expect(file("response-schemas.ts")).toContain('"patch-car": { 200: z.array(z.string()) }');
  });
});

describe("a kind of device", () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const event = (name: string) => ({
    post: { requestBody: { content: { "application/json": { schema: ref(name) } } } },
  });
  const answer = (schema: object) => ({ responses: { "200": json(schema) } });
  const id = { type: "string" };
  const owned = { properties: { id, userId: id } };
  const document: OpenApiDocument = {
    ...withSchemas(
      {
        LawnMower: owned,
        NewMower: { properties: { id } },
        MowerFound: { properties: { user: ref("Person"), lawnMower: ref("NewMower") } },
        MowingDone: { properties: { user: ref("Person"), report: ref("Report") } },
        Report: { oneOf: [{ properties: { lawnMowerId: id } }, { properties: { area: id } }] },
        Person: { properties: { id } },
        Job: {
          anyOf: [
            { properties: { targetType: { const: "lawnMower" } } },
            { properties: { targetType: { enum: ["house"] } } },
          ],
        },
        Scope: { enum: ["lawnMower:read:data"] },
      },
      {
        "/lawn-mowers": {
          get: { operationId: "listMowers", ...answer({ type: "array", items: ref("LawnMower") }) },
        },
        "/users/{userId}/lawn-mowers": {
          get: { operationId: "listUserMowers", ...answer({ type: "array" }) },
        },
        "/lawn-mowers/{lawnMowerId}": {
          parameters: [{ name: "lawnMowerId", in: "path" }],
          get: { operationId: "getMower", ...answer(ref("LawnMower")) },
        },
        "/jobs": {
          post: {
            operationId: "createJob",
            requestBody: { content: { "application/json": { schema: ref("Job") } } },
            responses: ok,
          },
        },
      },
    ),
    webhooks: {
      "user:lawn-mower:discovered": event("MowerFound"),
      "user:lawn-mower:mowed": event("MowingDone"),
    },
  };

  it("is told by its event, its read and its list", async () => {
    const kinds = (await generate(document))("kinds.ts");

    expect(kinds).toContain("    full: LawnMower;\n");
    expect(kinds).toContain("    discovered: NewMower;\n");
    expect(kinds).toContain('kindsByEventName = {\n  "lawn-mower": "lawnMower",\n}');
    expect(kinds).toContain("kindsDiscoveredWhole = [] as const");
    expect(kinds).toContain('lawnMower: { resource: "lawnMowers", operation: "listMowers" },');
    expect(kinds).toContain('deviceIdParameters = [\n  "lawnMowerId",\n]');
    expect(kinds).toContain('listsOfUser = {\n  listMowers: "listUserMowers",\n}');
    expect(kinds).toContain('ownedReads = [\n  "getMower",\n]');
    expect(kinds).toContain('lawnMower: { read: "getMower", parameter: "lawnMowerId" },');
  });

  it("is found in every event about it, whichever variant of a member names it", async () => {
    const kinds = (await generate(document))("kinds.ts");

    expect(kinds).toContain('deviceIdPlaces = {\n  lawnMower: "id",\n  report: "lawnMowerId",\n}');
  });

  it("takes commands when it has actions, and may be whole from the first event on", async () => {
    const paths = {
      ...document.paths,
      "/lawn-mowers/actions/{actionId}": { get: { operationId: "getAction", ...answer(owned) } },
    };
    const webhooks = { "user:lawn-mower:discovered": event("Whole") };
    const schemas = {
      ...document.components?.schemas,
      Whole: { properties: { lawnMower: ref("LawnMower") } },
    };
    const kinds = (await generate({ ...document, paths, webhooks, components: { schemas } }))(
      "kinds.ts",
    );

    expect(kinds).toContain('actingKinds = [\n  "lawnMower",\n]');
    expect(kinds).toContain('kindsDiscoveredWhole = [\n  "lawnMower",\n]');
  });

  /** The document, with a mower that has these properties. */
  const withMower = (properties: Record<string, Schema>): OpenApiDocument => ({
    ...document,
    components: {
      schemas: {
        ...document.components?.schemas,
        LawnMower: { properties: { id, ...properties } },
      },
    },
  });

  it("has its readings listed with their units and times, and nothing that only describes it", async () => {
    const time: Schema = { type: "string", format: "date-time" };
    const file = await generate(
      withMower({
        userId: id,
        lastSeen: time,
        isReachable: { type: "boolean" },
        noise: { type: ["number", "null"], description: "Present noise, in kW: 0 at rest." },
        information: { properties: { weight: { type: "number" }, lastUpdated: time } },
        location: { properties: { id, latitude: { type: "number" }, lastUpdated: time } },
        work: {
          properties: {
            state: { oneOf: [{ enum: ["MOWING", "RESTING"] }, { type: "null" }] },
            isBusy: { type: "boolean" },
            today: {
              properties: {
                used: { type: "number", description: "Energy used, in kWh." },
                unit: { type: "string" },
              },
            },
            lastUpdated: time,
          },
        },
      }),
    );

    expect(file("metrics.ts")).toContain(`export const metrics = {
  lawnMower: {
    "isReachable": { type: "boolean" },
    "noise": { type: "number", unit: "kW", readAt: "lastSeen" },
    "location.id": { type: "text", readAt: "location.lastUpdated" },
    "work.state": { type: "text", readAt: "work.lastUpdated" },
    "work.isBusy": { type: "boolean", readAt: "work.lastUpdated" },
    "work.today.used": { type: "number", unit: "kWh", unitAt: "work.today.unit", readAt: "work.lastUpdated" },
  },
} as const;
`);
  });

  it("has no reading without a unit", async () => {
    const mower = withMower({ depth: { type: "number", description: "How deep it is." } });
    await expect(generate(mower)).rejects.toThrow(
      'The description of the reading depth does not say its unit, such as "in kWh".',
    );
  });

  it("need not be there", async () => {
    const kinds = (await generate(withSchemas({})))("kinds.ts");

    expect(kinds).toContain("export interface DeviceTypes {\n}\n");
    expect(kinds).toContain("kindsByEventName = {} as const");
    expect(kinds).not.toContain("import");
  });
});

describe("the command", () => {
  it("takes another document, in JSON too", async () => {
    const spec = join(folder, "theirs.json");
    const theirs = withSchemas({ Gadget: { type: "object" } });
    await writeFile(spec, JSON.stringify({ ...theirs, webhooks: { "gadget:updated": {} } }));

    expect(await run("--spec", spec, "--out", folder)).toEqual({ code: 0, stderr: "" });

    const read = (name: string) => readFile(join(folder, name), "utf8");
    expect(await read("types.ts")).toMatch(/^\/\/ Generated by `npm run generate`.+\n/);
    expect(await read("types.ts")).toContain("export type Gadget");
    expect(await read("events.ts")).toContain('"gadget:updated"');
    expect(await read("version.ts")).toContain('apiVersion = "2030-01-01"');
  });

  it("refuses an option that it does not know", async () => {
    const { code, stderr } = await run("--chek");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Unknown option '--chek'/);
  });
});

describe("the check", () => {
  it("passes on fresh files and names the stale and the missing ones", async () => {
    const spec = join(folder, "spec.yaml");
    await writeFile(spec, 'openapi: 3.1.0\ninfo: { version: "1" }\npaths: {}\n');
    const args = ["--spec", spec, "--out", folder];
    await run(...args);
    expect(await run(...args, "--check")).toEqual({ code: 0, stderr: "" });

    await writeFile(join(folder, "events.ts"), "// edited by hand\n");
    await rm(join(folder, "version.ts"));
    const { code, stderr } = await run(...args, "--check");

    expect(code).toBe(1);
    expect(stderr).toMatch(/^Stale, so run `npm run generate`: \S*events\.ts, \S*version\.ts\n$/);
    expect(await readFile(join(folder, "events.ts"), "utf8")).toBe("// edited by hand\n");
  });

  it("finds the committed files fresh", async () => {
    expect(await run("--check")).toEqual({ code: 0, stderr: "" });
  });
});

describe("a bad document", () => {
  const info = { version: "1" };
  const get = { operationId: "twice", responses: ok };
  it.each([
    ["not OpenAPI 3", { swagger: "2.0" }, /is not an OpenAPI 3 document/],
    ["without a version", { openapi: "3.1.0" }, /"info.version" is missing/],
    [
      "with a nameless operation",
      { openapi: "3.1.0", info, paths: { "/a": { get: { responses: ok } } } },
      /^GET \/a has no operationId\.$/,
    ],
    [
      "with one name for two operations",
      { openapi: "3.1.0", info, paths: { "/a": { get }, "/b": { get } } },
      /^The operationId twice is used twice: by GET \/a and by GET \/b\.$/,
    ],
    [
      "with a reference to nothing",
      withSchemas({ A: { $ref: "#/components/schemas/B" } }),
      /^The reference #\/components\/schemas\/B points at nothing\.$/,
    ],
    [
      "in several files",
      withSchemas({ A: { $ref: "other.yaml#/B" } }),
      /^The reference other\.yaml#\/B leaves the document/,
    ],
    [
      "with an incomplete copy of nothing",
      withSchemas({ A: { "x-incomplete-copy-of": "#/components/schemas/B" } }),
      /^The x-incomplete-copy-of of A must point at a schema with properties, such as /,
    ],
    [
      "with an incomplete copy of itself",
      withSchemas({ A: { "x-incomplete-copy-of": "#/components/schemas/A" } }),
      /^The x-incomplete-copy-of of A leads to itself\.$/,
    ],
    [
      "with an incomplete copy of what contains itself",
      withSchemas({
        A: { "x-incomplete-copy-of": "#/components/schemas/B" },
        B: { type: "object", properties: { c: { $ref: "#/components/schemas/C" } } },
        C: { type: "object", properties: { b: { $ref: "#/components/schemas/B" } } },
      }),
      /^The x-incomplete-copy-of of A leads to B, which contains itself\.$/,
    ],
  ])("%s is refused in one line", async (_name, document, message) => {
    const spec = join(folder, "bad.json");
    await writeFile(spec, JSON.stringify(document));

    const refusal = await refusalOf(spec);

    expect(refusal).toMatch(message);
    expect(refusal).not.toContain("\n");
  });

  it("that cannot be parsed is refused in one line", async () => {
    const spec = join(folder, "broken.yaml");
    await writeFile(spec, "openapi: [3.1.0\ninfo: }");

    expect(await refusalOf(spec)).toMatch(/^Cannot parse \S+broken\.yaml: .+$/);
  });

  it("that is missing makes the command fail in one line, without a stack", async () => {
    const { code, stderr } = await run("--spec", join(folder, "none.yaml"), "--out", folder);

    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot read \S+none\.yaml: ENOENT\.\n$/);
  });
});

/** The message with which a document is refused. */
async function refusalOf(spec: string): Promise<string> {
  const error: unknown = await readDocument(spec)
    .then((document) => renderFiles(document, "0.0.0"))
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  return error instanceof Error ? error.message : "";
}
