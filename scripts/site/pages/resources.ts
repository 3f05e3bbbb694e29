import { type OperationId, operations } from "../../../generated/operations.ts";
import type { Schema } from "../../generate/document.ts";
import type { Operation } from "../../generate/operation.ts";
import { answersOf, type Description, operationOf } from "../shared/api.ts";
import type { Examples } from "../shared/examples.ts";
import {
  code,
  fence,
  firstSentence,
  heading,
  json,
  page,
  prose,
  table,
} from "../shared/markdown.ts";
import { propertyTable, resolve, typeOf } from "../shared/properties.ts";
import type { TypePages } from "../shared/types.ts";
import type { Method, Resource } from "../source/resources.ts";

/** What a page of a resource is made of. */
export interface Sources {
  readonly description: Description;
  readonly types: TypePages;
  readonly examples: Examples;
}

const errorsByStatus: Readonly<Record<string, string>> = {
  400: "BadRequestError",
  401: "AuthenticationError",
  403: "PermissionError",
  404: "NotFoundError",
  409: "ConflictError",
  422: "UnprocessableError",
  429: "RateLimitError",
  500: "ServerError",
  503: "ServerError",
};

/** The title of a resource, in words. */
export function titleOf({ name }: Resource): string {
  const special: Record<string, string> = { hvacs: "HVAC units", hemSystems: "HEM systems" };
  return special[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The file of a resource in docs/reference/resources, without its end. */
export function fileOf({ name }: Resource): string {
  return name.replaceAll(/[A-Z]/g, "-$&").toLowerCase();
}

/** The page with all resources. */
export function resourcesPage(resources: readonly Resource[]): string {
  const summary =
    "All resources of the client, their methods, and the HTTP operations that these send.";
  return page("Resources", summary, [
    summary,
    ...resources.flatMap((resource) => [
      `## [${titleOf(resource)}](./${fileOf(resource)}.md)`,
      prose(resource.comment.summary),
      methodTable(resource, `./${fileOf(resource)}.md`),
    ]),
  ]);
}

/** The page of one resource. */
export function resourcePage(resource: Resource, sources: Sources): string {
  const title = titleOf(resource);
  return page(title, firstSentence(resource.comment.summary), [
    prose(resource.comment.summary),
    `In code: ${code(`enode.${resource.name}`)}, of type ${sources.types.link(resource.type)}.`,
    "## Methods",
    methodTable(resource, ""),
    ...resource.methods.map((method) => methodSection(resource, method, sources)),
    ...recordSections(resource, sources),
  ]);
}

function methodTable(resource: Resource, file: string): string {
  const rows = resource.methods.map((method) => [
    `[${code(shortName(resource, method))}](${file}#${anchorOf(resource, method)})`,
    method.operations.map(wireOf).map(code).join(", ") || "–",
    prose(firstSentence(method.comment.summary)),
  ]);
  return table(["Method", "HTTP", "What it does"], rows);
}

function methodSection(resource: Resource, method: Method, sources: Sources): string {
  const { comment } = method;
  const found = method.operations.map((id) => operationOf(sources.description, id));
  const [first] = found;
  return [
    heading(2, shortName(resource, method), anchorOf(resource, method)),
    method.operations.map((id) => `**${code(wireOf(id))}**`).join(" · "),
    prose(comment.summary),
    facts(resource, method, found),
    fence("typescript", signatureOf(method)),
    parameterTable(method, found, sources),
    first && bodyPart(first, sources),
    ...comment.examples.map((example) => fence("ts", example)),
    returnsPart(method, sources),
    first && answerPart(first, sources.description),
    errorPart(method, found, sources.description),
  ]
    .filter((part) => part)
    .join("\n\n");
}

function wireOf(id: OperationId): string {
  return `${operations[id].method} ${operations[id].path}`;
}

function shortName(resource: Resource, method: Method): string {
  return method.call.slice(`enode.${resource.name}.`.length);
}

function anchorOf(resource: Resource, method: Method): string {
  return shortName(resource, method).replaceAll(".", "-").toLowerCase();
}

function signatureOf(method: Method): string {
  const parameters = method.parameters.map(
    ({ name, type, isOptional }) => `${name}${isOptional ? "?" : ""}: ${type}`,
  );
  const line = `${method.call}(${parameters.join(", ")}): ${method.returns}`;
  if (line.length <= 90) return line;
  return `${method.call}(\n${parameters.map((each) => `  ${each},\n`).join("")}): ${method.returns}`;
}

/** What is true of the operations: stage, scope, whether a failed request is sent again. */
function facts(resource: Resource, method: Method, found: readonly Operation[]): string {
  const [first] = found;
  if (!first) return "";
  const { replay } = operations[method.operations[0] as OperationId];
  const scope = scopeOf(resource, method, first);
  return [
    `- Operation: ${found.map(({ id }) => code(id)).join(", ")}`,
    first.stage && `- Stage: ${first.stage}. Enode may change it without notice`,
    scope && `- Scope that the user must have granted: ${code(scope)}`,
    first.needsToken ? "" : "- Needs no access token",
    replay
      ? "- Sent again after a failure, up to `maxRetries` times: it does no harm twice"
      : "- Sent again only when Enode has certainly not received it: twice it could do something twice",
  ]
    .filter((line) => line)
    .join("\n");
}

function scopeOf(
  resource: Resource,
  method: Method,
  { method: verb, path }: Operation,
): string | undefined {
  const kind = /^\/(vehicle|charger|hvac|inverter|batter|meter)(?:s|ies)(?:$|\/)/
    .exec(path)?.[1]
    ?.replace("batter", "battery");
  if (kind === undefined || method.call.includes(".actions.")) return undefined;
  if (verb === "GET" || path.endsWith("/refresh-hint")) return `${kind}:read:data`;
  if (kind === "hvac" && verb === "POST") return "hvac:control:mode";
  if (kind === "battery") return "battery:control:operation_mode";
  return resource.name === "hvacs" || (verb === "PUT" && kind === "charger")
    ? undefined
    : `${kind}:control:charging`;
}

function parameterTable(
  method: Method,
  found: readonly Operation[],
  { types, description }: Sources,
): string {
  const rows = method.parameters.map(({ name, type, isOptional }) => [
    code(name),
    types.link(type),
    isOptional ? "no" : "yes",
    prose(method.comment.params.get(name.replace("...", "")) ?? pathMeaning(name, found)),
  ]);
  const queries = new Map(
    found.flatMap(({ queryParameters }) => queryParameters).map((each) => [each.name, each]),
  );
  const queryRows = [...queries.values()].map((parameter) => [
    code(`query.${parameter.name}`),
    typeOf(description, parameter.schema ?? {}),
    parameter.required ? "yes" : "no",
    prose(parameter.description ?? ""),
  ]);
  return table(["Parameter", "Type", "Needed", "Meaning"], [...rows, ...queryRows]);
}

function pathMeaning(name: string, found: readonly Operation[]): string {
  const parameter = found
    .flatMap(({ pathParameters }) => pathParameters)
    .find((each) => each.name === name);
  return parameter?.description ?? "";
}

function bodyPart(operation: Operation, { description, examples }: Sources): string {
  if (!operation.body) return "";
  const parts = unionParts(description, operation.body.schema);
  const tables = parts.map((schema) => propertyTable(description, schema, examples.get(schema)));
  const shown = tables.filter((text) => text !== "");
  return shown.length === 0 ? "" : ["What is sent:", shown.join("\n\nor\n\n")].join("\n\n");
}

function returnsPart(method: Method, { types }: Sources): string {
  return `Returns ${types.link(method.returns)}${method.comment.returns ? `: ${prose(method.comment.returns)}` : "."}`;
}

function answerPart(operation: Operation, description: Description): string {
  const example = answersOf(description, operation).find(({ status }) =>
    status.startsWith("2"),
  )?.example;
  if (example === undefined) return "";
  return `::: details Example of an answer\n${json(example)}\n:::`;
}

function errorPart(method: Method, found: readonly Operation[], description: Description): string {
  const answers = found.flatMap((operation) =>
    answersOf(description, operation)
      .filter(({ status }) => Number(status) >= 400)
      .filter(
        ({ status }) => !operations[operation.id as OperationId].answers?.includes(Number(status)),
      ),
  );
  const byStatus = new Map(answers.map((answer) => [answer.status, answer]));
  const rows = [...byStatus.values()].map(({ status, description: text }) => {
    const name = errorsByStatus[status] ?? "ApiError";
    return [status, `[${code(name)}](/reference/errors.md#${name.toLowerCase()})`, prose(text)];
  });
  const thrown = method.comment.throws.map((text) => `- Throws ${prose(text)}`).join("\n");
  return [
    thrown,
    table(["Status", "Error", "When"], rows),
    "Besides: [the errors of every call](/reference/errors.md).",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The records that the methods answer with, each once. */
function recordSections(resource: Resource, { description, types, examples }: Sources): string[] {
  const names = new Set(
    resource.methods.flatMap(({ returns, operations: ids }) => [
      ...(returns.match(/[A-Z]\w+/g) ?? []).filter((name) => description.api.schemas.has(name)),
      ...(returns.includes("<Action>") ? ids.flatMap((id) => resultName(description, id)) : []),
    ]),
  );
  return [...names].flatMap((name) => {
    const schema = description.api.schemas.get(name) as Schema;
    const tables = unionParts(description, schema).map((part) =>
      propertyTable(description, part, examples.get(part)),
    );
    const [only, ...rest] = tables.filter((text) => text !== "");
    if (only === undefined) return [];
    return [
      heading(2, `Type ${name}`, `type-${name.toLowerCase()}`),
      prose(schema.description ?? ""),
      `In code: ${types.link(name)}.`,
      ...(rest.length > 0
        ? ["One of these:", only, ...rest.map((text) => `or\n\n${text}`)]
        : [only]),
    ];
  });
}

function resultName(description: Description, id: OperationId): string[] {
  const ref = operationOf(description, id).results[0]?.schema?.$ref?.split("/").pop();
  return ref === undefined ? [] : [ref];
}

/** The schemas that a value may have: of a union each one, of a list that of its items. */
function unionParts(description: Description, schema: Schema): Schema[] {
  const whole = resolve(description, schema);
  const parts = whole.oneOf ?? whole.anyOf;
  if (parts) return parts.map((part) => resolve(description, part));
  return whole.items ? unionParts(description, whole.items) : [whole];
}
