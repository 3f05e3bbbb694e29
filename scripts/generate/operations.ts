import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import type { Schema } from "./document.ts";
import { propertyKey } from "./names.ts";
import type { Operation } from "./operation.ts";

const declarations = `
import type { Operations } from "./types.ts";

/** How one operation goes over the wire. A member that is missing has its usual value. */
export interface OperationSpec {
  readonly method: string;
  /** Template of the path, such as \`/vehicles/{vehicleId}\`. */
  readonly path: string;
  /** Names of the query parameters. */
  readonly query?: readonly string[];
  /** Takes a JSON body. */
  readonly body?: true;
  /** May be sent again when it is unknown whether the first attempt took effect. */
  readonly replay?: true;
  /** Statuses from 400 on that carry a result and are no error. */
  readonly answers?: readonly number[];
  /** Success has no body. */
  readonly empty?: true;
  /** Success is a list, and no record. */
  readonly list?: true;
  /** False when no access token is needed. */
  readonly auth?: false;
  /** Set on what may change without notice. */
  readonly stage?: "beta" | "experimental";
}

/** The name of an operation. */
export type OperationId = keyof Operations;
`;

/** Writes operations.ts: the table by which one transport can send every operation. */
export function renderOperations(api: Api): string {
  const rows = api.operations.map(
    (operation) => `  ${propertyKey(operation.id)}: ${row(operation, api)},\n`,
  );
  return `${banner}${declarations}
export const operations: Readonly<Record<OperationId, OperationSpec>> = {
${rows.join("")}};
`;
}

/** The table ships in every bundle, so a row names only what is out of the ordinary. */
function row(operation: Operation, api: Api): string {
  const { method, path, queryParameters, body, results, needsToken, stage } = operation;
  const answers = results.map(({ status }) => status).filter((status) => status >= 400);
  const members = [`method: ${JSON.stringify(method)}`, `path: ${JSON.stringify(path)}`];
  if (queryParameters.length > 0)
    members.push(`query: ${list(queryParameters.map(({ name }) => name))}`);
  if (body) members.push("body: true");
  if (isReplayable(operation)) members.push("replay: true");
  if (answers.length > 0) members.push(`answers: ${list(answers)}`);
  if (!results.some(({ schema }) => schema)) members.push("empty: true");
  if (results.some(({ schema }) => isList(schema, api))) members.push("list: true");
  if (!needsToken) members.push("auth: false");
  if (stage) members.push(`stage: "${stage}"`);
  return `{ ${members.join(", ")} }`;
}

function isList(schema: Schema | undefined, { schemas }: Api): boolean {
  let at = schema;
  while (at?.$ref !== undefined) at = schemas.get(at.$ref.split("/").pop() ?? "");
  return at?.type === "array";
}

/**
 * A POST or PATCH may be a command to a device or create something twice. A refresh hint is the
 * exception: it only asks Enode to look sooner.
 */
function isReplayable({ method, path }: Operation): boolean {
  return (
    ["GET", "HEAD", "PUT", "DELETE"].includes(method) ||
    (method === "POST" && path.endsWith("/refresh-hint"))
  );
}

function list(values: readonly (string | number)[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
