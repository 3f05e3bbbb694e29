import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { description, lookUp } from "./openapi.ts";

const validators = new Map<string, ValidateFunction>();
const engines = new Map<boolean, Ajv2020>();

/**
 * What a value breaks of a schema of the description.
 *
 * @param schema JSON pointer to the schema.
 * @param strict Whether objects may hold no other members than those described.
 */
export function problems(
  schema: string,
  strict: boolean,
  value: unknown,
): { at: string; what: string }[] {
  const key = `${strict ? "strict" : "loose"} ${schema}`;
  const validate = validators.get(key) ?? compile(schema, strict);
  validators.set(key, validate);
  return validate(value) ? [] : (validate.errors ?? []).map(readable);
}

function compile(schema: string, strict: boolean): ValidateFunction {
  const engine = engines.get(strict) ?? newEngine(strict);
  engines.set(strict, engine);
  const fragment = schema.split("/").map(encodeURIComponent).join("/");
  return engine.compile({ $ref: `openapi#${fragment}` });
}

function newEngine(strict: boolean): Ajv2020 {
  // The file holds keywords of OpenAPI that are none of JSON Schema's.
  const engine = new Ajv2020({ strict: false, allErrors: true });
  formats(engine);
  const schema = strict ? closed(description) : description;
  return engine.addSchema({ ...schema, $id: "openapi" });
}

/** A copy in which every object schema with `properties` names all members that there may be. */
function closed(node: object, isPartOfAll = false): object {
  if (Array.isArray(node)) return node.map((each) => (isObject(each) ? closed(each) : each));
  const copy = new Map<string, unknown>();
  for (const [key, value] of Object.entries(node)) {
    // Each part of an allOf knows its own members only, so the whole is closed and not the parts.
    if (key === "allOf" && Array.isArray(value))
      copy.set(
        key,
        value.map((part) => closed(inlined(part), true)),
      );
    // Examples are data: a member named "properties" there is no schema.
    else copy.set(key, isObject(value) && key !== "example" ? closed(value) : value);
  }
  const isClosable = copy.get("type") === "object" && isObject(copy.get("properties"));
  if (!isPartOfAll && !copy.has("additionalProperties") && (isClosable || copy.has("allOf"))) {
    copy.set("unevaluatedProperties", false);
  }
  return Object.fromEntries(copy);
}

function inlined(part: object): object {
  const target = "$ref" in part ? lookUp(String(part.$ref).slice(1)) : part;
  return isObject(target) ? target : part;
}

function readable({ instancePath, message, params }: ErrorObject): { at: string; what: string } {
  const { unevaluatedProperty, additionalProperty, allowedValues } = params;
  const extra: unknown = unevaluatedProperty ?? additionalProperty ?? allowedValues;
  const suffix = extra === undefined ? "" : `: ${JSON.stringify(extra)}`;
  return { at: instancePath, what: `${message ?? "is not valid"}${suffix}` };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
