import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import type { Parameter, Schema } from "./document.ts";
import { propertyKey, schemaNameOf } from "./names.ts";
import type { Operation } from "./operation.ts";

const declarations = `
import type { OperationId } from "./operations.ts";

/** A parameter of an operation, as a field of a form. */
export interface OperationField {
  readonly name: string;
  readonly in: "path" | "query";
  readonly isRequired: boolean;
  /** The known values of an enum. */
  readonly values?: readonly string[];
  readonly example?: string;
}

/** What a form for an operation needs. Only the pages of the sandbox use it: it is large. */
export interface OperationForm {
  /** The group that the operation is in. */
  readonly group: string;
  readonly summary: string;
  readonly fields: readonly OperationField[];
  /** An example of the JSON body, for operations that take one. */
  readonly body?: unknown;
}
`;

/** Writes operation-forms.ts: what one fills in to call each operation. */
export function renderOperationForms(api: Api): string {
  const rows = api.operations.map(
    (operation) => `  ${propertyKey(operation.id)}: ${JSON.stringify(formOf(operation, api))},\n`,
  );
  return `${banner}${declarations}
export const operationForms: Readonly<Record<OperationId, OperationForm>> = {
${rows.join("")}};
`;
}

function formOf({ docs, pathParameters, queryParameters, body }: Operation, api: Api): object {
  const fields = [...pathParameters, ...queryParameters].map((each) => fieldOf(each, api));
  return {
    group: docs.tags?.[0] ?? "Other",
    summary: docs.summary ?? "",
    fields,
    ...(body && { body: body.example ?? {} }),
  };
}

function fieldOf(parameter: Parameter, api: Api): object {
  const values = valuesOf(parameter.schema, api);
  const { example } = parameter;
  return {
    name: parameter.name,
    in: parameter.in,
    isRequired: parameter.in === "path" || parameter.required === true,
    ...(values.length > 0 && { values }),
    ...(example !== undefined && { example: String(example) }),
  };
}

/** The values of an enum, also of one that stands elsewhere. */
function valuesOf(schema: Schema | undefined, api: Api): string[] {
  if (schema === undefined) return [];
  if (schema.$ref !== undefined)
    return valuesOf(api.schemas.get(schemaNameOf(schema.$ref) ?? ""), api);
  const { enum: values, allOf = [], anyOf = [], oneOf = [] } = schema;
  if (values !== undefined) return values.filter((value) => value !== null).map(String);
  return [...allOf, ...anyOf, ...oneOf].flatMap((each) => valuesOf(each, api));
}
