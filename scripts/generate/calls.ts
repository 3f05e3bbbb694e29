import type { Parameter, Schema } from "./document.ts";
import type { Operation } from "./operation.ts";

/** Marks an answer without a body. JSON Schema has no word for undefined. */
const noBody: Schema = { type: "null", "x-no-body": true };

/** Describes all calls as one object: what each operation takes and returns, by its operationId. */
export function callsSchema(operations: Operation[]): Schema {
  const calls = operations.map((operation) => [operation.id, callSchema(operation)]);
  return {
    ...object(
      Object.fromEntries(calls),
      operations.map(({ id }) => id),
    ),
    description: "What each operation takes and what it returns, by its operationId.",
  };
}

function callSchema(operation: Operation): Schema {
  const { pathParameters, queryParameters, body, results, docs, stage } = operation;
  const properties: Record<string, Schema> = {};
  const required = ["result"];
  if (pathParameters.length > 0) {
    properties["path"] = parametersSchema(pathParameters, "Parameters in the path.");
    required.push("path");
  }
  if (queryParameters.length > 0) {
    properties["query"] = parametersSchema(queryParameters, "Parameters of the query.");
    if (queryParameters.some((parameter) => parameter.required)) required.push("query");
  }
  if (body) {
    properties["body"] = { ...body.schema, description: "Body of the request, as JSON." };
    if (body.required) required.push("body");
  }
  const result = unionOf(results.map(({ schema }) => schema ?? noBody));
  properties["result"] = { ...result, description: resultText(result) };
  const description = [docs.summary, docs.description].filter(Boolean).join("\n\n");
  return {
    ...object(properties, required),
    description,
    ...(docs.deprecated && { deprecated: true }),
    ...(stage && { [`x-${stage}`]: true }),
  };
}

function resultText(result: Schema): string {
  return result === noBody ? "A success has no body." : "Body of a success.";
}

function parametersSchema(parameters: Parameter[], description: string): Schema {
  const properties = parameters.map(({ name, description, deprecated, schema }) => [
    name,
    { ...schema, ...(description && { description }), ...(deprecated && { deprecated }) },
  ]);
  const required = parameters.filter((parameter) => parameter.required || parameter.in === "path");
  const schema = object(
    Object.fromEntries(properties),
    required.map((parameter) => parameter.name),
  );
  return { ...schema, description };
}

/** Answers that look the same count once. */
function unionOf(schemas: Schema[]): Schema {
  const [first = noBody, ...others] = new Map(
    schemas.map((one) => [JSON.stringify(one), one]),
  ).values();
  return others.length === 0 ? first : { anyOf: [first, ...others] };
}

function object(properties: Record<string, Schema>, required: string[]): Schema {
  return { type: "object", properties, required };
}
