import { readFileSync } from "node:fs";
import { parse } from "yaml";

type Json = Readonly<Record<string, unknown>>;

/** A path or query parameter, and where its schema stands in the description. */
export interface DescribedParameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  /** JSON pointer to the schema. */
  readonly schema: string;
}

export interface DescribedResponse {
  /** JSON pointer to the schema of the JSON body; undefined when the body is empty. */
  readonly schema: string | undefined;
  readonly contentTypes: readonly string[];
}

/** One operation, as the OpenAPI file describes it. */
export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  /** Path template, such as `/vehicles/{vehicleId}`. */
  readonly path: string;
  readonly parameters: readonly DescribedParameter[];
  readonly body: { readonly schema: string; readonly required: boolean } | undefined;
  /** By status, or `default`. */
  readonly responses: ReadonlyMap<string, DescribedResponse>;
}

const METHODS = ["get", "put", "post", "delete", "patch"];

/** The whole OpenAPI file. */
export const description: Json = parse(
  readFileSync(new URL("../../openapi/enode-2024-10-01.yaml", import.meta.url), "utf8"),
);

/** Every operation of the OpenAPI file. */
export const describedOperations: readonly DescribedOperation[] = Object.entries(
  object(member(description, "paths")),
).flatMap(([path, item]) =>
  METHODS.filter((method) => method in object(item)).map((method) =>
    describe(path, method, object(item)),
  ),
);

function describe(path: string, method: string, item: Json): DescribedOperation {
  const operation = object(member(item, method));
  const at = pointer("paths", path, method);
  const shared = list(member(item, "parameters")).map((_, index) =>
    pointer("paths", path, "parameters", String(index)),
  );
  const own = list(member(operation, "parameters")).map((_, index) => `${at}/parameters/${index}`);
  return {
    id: String(member(operation, "operationId")),
    method: method.toUpperCase(),
    path,
    parameters: [...shared, ...own].map(parameterAt),
    body: bodyAt(`${at}/requestBody`),
    responses: new Map(
      Object.keys(object(member(operation, "responses"))).map((status) => [
        status,
        responseAt(`${at}/responses/${status}`),
      ]),
    ),
  };
}

function parameterAt(at: string): DescribedParameter {
  const place = follow(at);
  const parameter = object(lookUp(place));
  return {
    name: String(member(parameter, "name")),
    in: String(member(parameter, "in")),
    required: member(parameter, "required") === true,
    schema: `${place}/schema`,
  };
}

function bodyAt(at: string): DescribedOperation["body"] {
  if (lookUp(at) === undefined) return undefined;
  const place = follow(at);
  const schema = `${place}/content/application~1json/schema`;
  return { schema, required: member(lookUp(place), "required") === true };
}

function responseAt(at: string): DescribedResponse {
  const place = follow(at);
  const content = member(lookUp(place), "content");
  if (content === undefined) return { schema: undefined, contentTypes: [] };
  const contentTypes = Object.keys(object(content));
  const [first = ""] = contentTypes;
  return { schema: `${place}/content/${escapeToken(first)}/schema`, contentTypes };
}

/** The pointer itself, or the one that stands there as `$ref`. */
function follow(at: string): string {
  const target = member(lookUp(at), "$ref");
  return typeof target === "string" ? follow(target.slice(1)) : at;
}

/** What stands at a JSON pointer. */
export function lookUp(at: string): unknown {
  return at
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((value, part) => {
      if (Array.isArray(value)) return value[Number(part)];
      return value === undefined ? undefined : member(value, part);
    }, description);
}

function pointer(...parts: string[]): string {
  return parts.map((part) => `/${escapeToken(part)}`).join("");
}

function escapeToken(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function object(value: unknown): Json {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  // Checked above; members are looked at one by one.
  return value as Json;
}

function member(value: unknown, name: string): unknown {
  return object(value)[name];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
