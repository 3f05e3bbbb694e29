import { type DescribedOperation, describedOperations, lookUp } from "../../support/openapi.ts";

/** What a caller gives an operation. */
export interface Input {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** An operation of the description with inputs and an answer made of nothing else than the description. */
export interface SampledOperation extends DescribedOperation {
  readonly isUnlisted: boolean;
  readonly needsToken: boolean;
  readonly inputs: readonly Input[];
  readonly success: { readonly status: number; readonly body: unknown };
}

type Json = Readonly<Record<string, unknown>>;

/** All operations of the description, the unlisted ones too. */
export const sampledOperations: readonly SampledOperation[] = describedOperations.map(sample);

function sample(operation: DescribedOperation): SampledOperation {
  const source = operationAt(operation);
  return {
    ...operation,
    isUnlisted: source["x-unlisted"] === true,
    needsToken: !(Array.isArray(source["security"]) && source["security"].length === 0),
    inputs: inputsOf(operation),
    success: successOf(operation),
  };
}

function operationAt({ path, method }: DescribedOperation): Json {
  return asJson(lookUp(`/paths/${escapePointer(path)}/${method.toLowerCase()}`));
}

/** Every way to call the operation that could go wrong by itself: least and most, awkward IDs, each body. */
function inputsOf(operation: DescribedOperation): Input[] {
  const named = (place: string) => operation.parameters.filter((each) => each.in === place);
  const paths = [false, true].map((isAwkward) =>
    Object.fromEntries(
      named("path").map(({ name, schema }) => [name, String(valueAt(schema, isAwkward))]),
    ),
  );
  const query = (fits: (name: string, required: boolean) => boolean) =>
    Object.fromEntries(
      named("query")
        .filter(({ name, required }) => fits(name, required))
        .map(({ name, schema }) => [name, valueAt(schema, true) as string | number]),
    );
  const queries = [
    query((_, required) => required),
    query((name) => name !== "before"),
    query((name) => name !== "after"),
  ];
  return unique(
    paths.flatMap((path) =>
      queries.flatMap((each) =>
        bodiesOf(operation).map((body): Input => ({ path, query: each, body })),
      ),
    ),
  );
}

/** The examples of the body, and for each enum in it one body with each of its values. */
function bodiesOf({ body }: DescribedOperation): Input["body"][] {
  if (body === undefined) return [undefined];
  const examples = examplesBeside(body.schema).map(asJson);
  const [first] = examples;
  if (first === undefined) throw new Error(`the body at ${body.schema} has no example`);
  const properties = Object.keys(asJson(asJson(resolve(body.schema))["properties"] ?? {}));
  const variants = properties.flatMap((name) => {
    const { enum: values } = asJson(resolve(`${target(body.schema)}/properties/${name}`));
    return Array.isArray(values) ? values.map((value) => ({ ...first, [name]: value })) : [];
  });
  return [...examples, ...variants];
}

function successOf(operation: DescribedOperation): SampledOperation["success"] {
  for (const [status, { schema }] of operation.responses) {
    if (!status.startsWith("2")) continue;
    if (schema === undefined) return { status: Number(status), body: undefined };
    const [body] = examplesBeside(schema);
    if (body === undefined) throw new Error(`${operation.id} has no example of its answer`);
    return { status: Number(status), body };
  }
  throw new Error(`${operation.id} never succeeds`);
}

/** The examples of a media type, by the pointer to its schema; also those of the schema itself. */
export function examplesBeside(schema: string): unknown[] {
  const place = asJson(lookUp(schema.slice(0, -"/schema".length)));
  if (place["example"] !== undefined) return [place["example"]];
  const named = Object.values(asJson(place["examples"] ?? {})).map((each) => asJson(each)["value"]);
  if (named.length > 0) return named;
  const { example } = asJson(resolve(schema));
  return example === undefined ? [] : [example];
}

/** A value for a parameter: its example, or what its schema asks for. */
function valueAt(schema: string, isAwkward: boolean): unknown {
  const parameter = asJson(lookUp(schema.slice(0, -"/schema".length)));
  const described = asJson(resolve(schema));
  const isFree =
    described["type"] === "string" &&
    ["enum", "format", "pattern", "maxLength"].every((keyword) => !(keyword in described)) &&
    parameter["name"] !== "interval" &&
    parameter["name"] !== "assetTypes";
  if (isFree && isAwkward) return "a/b?c=d&e #%2F ö+";
  const example = parameter["example"] ?? described["example"];
  if (example !== undefined) return example;
  if (Array.isArray(described["enum"])) return described["enum"][0];
  if (described["format"] === "uuid") return "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";
  if (described["format"] === "date-time") return "2026-03-11T18:55:00.000Z";
  if (described["type"] === "string") return "plain";
  throw new Error(`no value can be made for ${schema}`);
}

/** The schema that a pointer leads to. */
function resolve(at: string): unknown {
  return lookUp(target(at));
}

/** Where references lead, and of several schemas to the first: one value is enough. */
function target(at: string): string {
  const found = asJson(lookUp(at));
  if (typeof found["$ref"] === "string") return target(found["$ref"].slice(1));
  const several = ["allOf", "anyOf", "oneOf"].find((keyword) => keyword in found);
  return several === undefined ? at : target(`${at}/${several}/0`);
}

function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function asJson(value: unknown): Json {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  // Checked above; members are looked at one by one.
  return value as Json;
}
