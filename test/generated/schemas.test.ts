import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { responseSchemas } from "../../generated/response-schemas.ts";
import * as schemas from "../../generated/schemas.ts";

interface Example {
  name: string;
  schema: z.ZodType;
  value: unknown;
}

const text = await readFile(
  new URL("../../openapi/enode-2024-10-01.yaml", import.meta.url),
  "utf8",
);
const document: unknown = parse(text);
const byName = new Map<string, z.ZodType>(Object.entries(schemas));
const examples = [...componentExamples(), ...answerExamples()];

describe("the examples of the OpenAPI document", () => {
  it("are many", () => {
    expect(examples.length).toBeGreaterThan(100);
  });

  it.each(examples)("$name passes unchanged", ({ schema, value }) => {
    expect(schema.parse(value)).toEqual(value);
  });
});

describe("every object schema", () => {
  const objects = [...byName].filter(([, schema]) => schema instanceof z.ZodObject);

  it.each(objects)("%s refuses what is no object", (_name, schema) => {
    for (const value of [null, undefined, 5, "text", [1]]) {
      expect(schema.safeParse(value).success).toBe(false);
    }
  });

  it.each(examples.filter(({ schema }) => schema instanceof z.ZodObject))(
    "$name refuses a wrong type in each member and keeps unknown ones",
    ({ schema, value }) => {
      const example = z.looseObject({}).parse(value);
      for (const key of Object.keys(example)) {
        // No schema of the document takes a symbol, whatever else it takes.
        expect(schema.safeParse({ ...example, [key]: Symbol() }).success).toBe(false);
      }
      const extended = { ...example, addedNextYear: { deep: [1, null] } };
      expect(schema.parse(extended)).toEqual(extended);
    },
  );
});

describe("a vehicle", () => {
  const vehicle = z.looseObject({}).parse(exampleOf("Vehicle"));

  it("needs an id that is a string", () => {
    const result = schemas.VehicleSchema.safeParse({ ...vehicle, id: 5 });
    expect(result.error?.issues).toMatchObject([{ path: ["id"], code: "invalid_type" }]);
  });

  it("may come from a vendor that nobody knows yet", () => {
    const parsed = schemas.VehicleSchema.parse({ ...vehicle, vendor: "BRAND_OF_NEXT_YEAR" });
    expect(parsed.vendor).toBe("BRAND_OF_NEXT_YEAR");
  });

  it("may leave null what the document allows to be null, and nothing else", () => {
    expect(schemas.VehicleSchema.safeParse({ ...vehicle, isReachable: null }).success).toBe(true);
    expect(schemas.VehicleSchema.safeParse({ ...vehicle, vendor: null }).success).toBe(false);
    expect(schemas.VehicleSchema.safeParse({ ...vehicle, information: null }).success).toBe(false);
  });
});

describe("a closed enum", () => {
  it("refuses other values", () => {
    expect(schemas.LinkColorSchemeSchema.safeParse("dark").success).toBe(true);
    expect(schemas.LinkColorSchemeSchema.safeParse("pink").success).toBe(false);
  });
});

function* componentExamples(): Generator<Example> {
  for (const [name, component] of Object.entries(at(document, "components", "schemas") ?? {})) {
    const schema = byName.get(`${name}Schema`);
    const value = at(component, "example");
    if (schema && value !== undefined) yield { name, schema, value };
  }
}

/** The examples of the answers that count as results. */
function* answerExamples(): Generator<Example> {
  const items = Object.values(at(document, "paths") ?? {});
  for (const operation of items.flatMap((item) => Object.values(item ?? {}))) {
    const id = String(at(operation, "operationId"));
    for (const [status, schema] of Object.entries(at(responseSchemas, id) ?? {})) {
      const media = at(operation, "responses", status, "content", "application/json");
      const named = Object.values(at(media, "examples") ?? {}).map((each) => at(each, "value"));
      for (const value of [at(media, "example"), ...named]) {
        if (value !== undefined && schema instanceof z.ZodType) {
          yield { name: `${id} ${status}`, schema, value };
        }
      }
    }
  }
}

function exampleOf(name: string): unknown {
  const found = examples.find((example) => example.schema === byName.get(`${name}Schema`));
  if (!found) throw new Error(`The document has no example of ${name}.`);
  return found.value;
}

function at(value: unknown, ...path: string[]): object | undefined {
  let current = value;
  for (const key of path) {
    current =
      typeof current === "object" && current !== null ? Reflect.get(current, key) : undefined;
  }
  return current as object | undefined;
}
