import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** A mistake in the document or in the way the generator was called; its message is all a reader needs. */
export class DocumentError extends Error {
  override name = "DocumentError";
}

/** The parts of a JSON Schema (as OpenAPI 3 uses it) that the generator looks at. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  /** OpenAPI 3.0's way to allow null. */
  nullable?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  title?: string;
  description?: string;
  deprecated?: boolean;
  [extension: `x-${string}`]: unknown;
}

export interface Parameter {
  name: string;
  example?: unknown;
  in: string;
  required?: boolean;
  description?: string;
  deprecated?: boolean;
  schema?: Schema;
}

export type Content = Record<
  string,
  { schema?: Schema; example?: unknown; examples?: Record<string, { value?: unknown }> }
>;

export interface RawOperation {
  operationId?: string;
  summary?: string;
  description?: string;
  deprecated?: boolean;
  tags?: string[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content?: Content } | { $ref: string };
  responses?: Record<string, { content?: Content } | { $ref: string }>;
  security?: unknown[];
  [extension: `x-${string}`]: unknown;
}

/** An OpenAPI 3 document, as it was written. */
export interface OpenApiDocument {
  openapi: string;
  info: { version: string };
  paths?: Record<string, Record<string, unknown>>;
  webhooks?: Record<string, unknown>;
  components?: { schemas?: Record<string, Schema> };
}

/** Reads a YAML or JSON file (JSON is YAML, too) and makes sure that it is an OpenAPI 3 document. */
export async function readDocument(file: string): Promise<OpenApiDocument> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new DocumentError(`Cannot read ${file}: ${cause.code ?? cause.message}.`, { cause });
  });
  const document = parseText(file, text);
  if (!isRecord(document) || !/^3\.\d/.test(String(document["openapi"]))) {
    throw new DocumentError(`${file} is not an OpenAPI 3 document: its "openapi" is not 3.x.`);
  }
  if (!isRecord(document["info"]) || document["info"]["version"] === undefined) {
    throw new DocumentError(`${file} names no API version: "info.version" is missing.`);
  }
  return document as unknown as OpenApiDocument;
}

function parseText(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new DocumentError(`Cannot parse ${file}: ${reason}`, { cause });
  }
}

/** Follows a `$ref` to a shared parameter, body or answer; whatever is no `$ref` comes back as it is. */
export function deref<T extends object>(document: OpenApiDocument, value: T | { $ref: string }): T {
  let current: unknown = value;
  for (let hops = 0; isRecord(current) && typeof current["$ref"] === "string"; hops += 1) {
    if (hops > 20)
      throw new DocumentError(`The reference ${current["$ref"]} goes round in circles.`);
    current = lookUp(document, current["$ref"]);
  }
  return current as T;
}

/** The value a `$ref` points at. Only references within the document are followed. */
export function lookUp(document: OpenApiDocument, ref: string): unknown {
  if (!ref.startsWith("#/")) {
    throw new DocumentError(
      `The reference ${ref} leaves the document: bundle it into one file first.`,
    );
  }
  let current: unknown = document;
  for (const token of ref.slice(2).split("/")) {
    const key = decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~");
    current =
      isRecord(current) || Array.isArray(current)
        ? (current as Record<string, unknown>)[key]
        : undefined;
  }
  if (current === undefined) throw new DocumentError(`The reference ${ref} points at nothing.`);
  return current;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An enum to which values may be added any time. Only strings can have a type that is open and still completes. */
export function isOpenEnum(schema: Schema): schema is Schema & { enum: string[] } {
  return (
    schema["x-open-enum"] === true &&
    schema.enum?.every((value) => typeof value === "string") === true
  );
}
