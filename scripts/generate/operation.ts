import {
  type Content,
  deref,
  type OpenApiDocument,
  type Parameter,
  type RawOperation,
  type Schema,
} from "./document.ts";

export interface Operation {
  id: string;
  method: string;
  path: string;
  docs: Pick<RawOperation, "summary" | "description" | "deprecated" | "tags">;
  stage?: "beta" | "experimental";
  needsToken: boolean;
  pathParameters: Parameter[];
  queryParameters: Parameter[];
  body?: { schema: Schema; required: boolean; example?: unknown };
  results: Result[];
}

/** An answer that is handed to the caller as a result. Its schema is missing when it has no body. */
export interface Result {
  status: number;
  schema?: Schema;
}

/** An operation where it stands in the document. */
export interface FoundOperation {
  method: string;
  path: string;
  /** The path item, whose parameters hold for all of its operations. */
  item: { parameters?: RawOperation["parameters"] };
  raw: RawOperation;
}

/** Where the parts of an operation come from. */
interface Source {
  document: OpenApiDocument;
  normalise: (schema: Schema) => Schema;
}

export function readOperation(
  source: Source,
  id: string,
  { method, path, item, raw }: FoundOperation,
): Operation {
  const parameters = readParameters(source, [
    ...(item.parameters ?? []),
    ...(raw.parameters ?? []),
  ]);
  const body = readBody(source, raw);
  const stage = stageOf(raw);
  return {
    id,
    method,
    path,
    docs: raw,
    ...(stage && { stage }),
    needsToken: raw.security?.length !== 0,
    pathParameters: parameters.filter((parameter) => parameter.in === "path"),
    queryParameters: parameters.filter((parameter) => parameter.in === "query"),
    ...(body && { body }),
    results: readResults(source, raw),
  };
}

function stageOf(raw: RawOperation): Operation["stage"] {
  if (raw["x-experimental"]) return "experimental";
  return raw["x-beta"] ? "beta" : undefined;
}

/** Of two parameters of the same name, the later one (the operation's own) counts. */
function readParameters(
  { document, normalise }: Source,
  entries: NonNullable<RawOperation["parameters"]>,
): Parameter[] {
  const byKey = new Map<string, Parameter>();
  for (const entry of entries) {
    const parameter = deref<Parameter>(document, entry);
    const schema = normalise(parameter.schema ?? { type: "string" });
    byKey.set(`${parameter.in} ${parameter.name}`, { ...parameter, schema });
  }
  return [...byKey.values()];
}

function readBody({ document, normalise }: Source, raw: RawOperation): Operation["body"] {
  const requestBody = raw.requestBody && deref(document, raw.requestBody);
  const schema = jsonSchema(requestBody?.content);
  const { example, examples = {} } = requestBody?.content?.["application/json"] ?? {};
  return (
    schema && {
      schema: normalise(schema),
      required: requestBody?.required === true,
      example: example ?? Object.values(examples)[0]?.value,
    }
  );
}

/**
 * The answers that are results: every 2xx, and an answer from 400 on whose body is the same as that
 * of a 2xx, such as the 409 of a cancelled action. Anything else is an error, also when its body is
 * no Problem: to take an error for a result would be the worse mistake.
 */
function readResults({ document, normalise }: Source, raw: RawOperation): Result[] {
  const answers = Object.entries(raw.responses ?? {}).map(([key, answer]): Result => {
    const schema = jsonSchema(deref(document, answer).content);
    // A range such as 2XX stands for its first status.
    const status = Number(key.replace(/xx$/i, "00"));
    return { status, ...(schema && { schema: normalise(schema) }) };
  });
  const successes = answers.filter(({ status }) => status >= 200 && status < 300);
  const bodies = new Set(successes.flatMap(({ schema }) => schema ?? []).map(textOf));
  const failures = answers.filter(({ status }) => status >= 400);
  return [...successes, ...failures.filter(({ schema }) => schema && bodies.has(textOf(schema)))];
}

function textOf(schema: Schema): string {
  return JSON.stringify(schema);
}

/** What the JSON of a body or answer looks like; undefined when it has none. */
export function jsonSchema(content: Content = {}): Schema | undefined {
  const media = Object.entries(content).find(([type]) => /^application\/(.+\+)?json\b/i.test(type));
  return media && (media[1].schema ?? {});
}
