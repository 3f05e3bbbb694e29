import type { OperationSpec } from "../../generated/operations.ts";
import type { Problem } from "../../generated/types.ts";
import { type CallContext, ResponseValidationError } from "../errors/index.ts";
import type { HttpAnswer, HttpAnswerHead } from "../http-transport.ts";

/** Headers in which servers and proxies return the ID of a request; Enode documents none. */
const requestIdHeaders = [
  "x-request-id",
  "request-id",
  "x-correlation-id",
  "x-amzn-requestid",
  "cf-ray",
];

/** The server's ID of a request, if a header has one. */
export function requestIdOf(headers: HttpAnswerHead["headers"]): string | undefined {
  for (const name of requestIdHeaders) {
    const id = headers.get(name);
    if (id) return id;
  }
  return undefined;
}

/** Whether an answer holds a result: a success, or an error status that the description gives one. */
export function holdsResult(spec: OperationSpec, { response, text }: HttpAnswer): boolean {
  if (response.ok) return true;
  if (!spec.answers?.includes(response.status)) return false;
  const result = parseJson(text);
  return isRecord(result) && !isProblem(result);
}

/**
 * The result in an answer that holds one.
 *
 * @throws ResponseValidationError for a success with another kind of body than the description has, or with one
 * where it has none.
 */
export function readResult(
  spec: OperationSpec,
  { response, text }: HttpAnswer,
  context: CallContext,
): unknown {
  if (!response.ok) return parseJson(text);
  return spec.empty
    ? checkEmpty(response, text, context)
    : parseRecord(response, text, context, spec.list);
}

/**
 * Proxies and captive portals answer with pages of their own, and 200, which must not count as a deleted user. A
 * record is valid: some deletions answer with the deleted record.
 */
function checkEmpty(response: HttpAnswerHead, text: string, context: CallContext): undefined {
  if (text.trim() !== "") {
    const result = parseRecord(response, text, context);
    if (!isProblem(result) && !Object.hasOwn(result, "error")) return undefined;
  } else if ([200, 202, 204].includes(response.status)) {
    return undefined;
  }
  throw unexpected(response, context, "schema_mismatch", "not the success that is described");
}

function parseRecord(
  response: HttpAnswerHead,
  text: string,
  context: CallContext,
  isList = false,
): object {
  const { status } = response;
  if (status === 204) throw unexpected(response, context, "schema_mismatch", "empty");
  checkType(response, context);
  const result = parseJson(text);
  if (result === undefined) {
    const found = text === "" ? "an empty body" : `${text.length} characters that are not JSON`;
    const message = `${context.operation}: the answer (${status}) has ${found}; it may have been cut off on the way.`;
    throw new ResponseValidationError(message, { code: "invalid_json", context, status });
  }
  if (typeof result === "object" && result && Array.isArray(result) === isList) return result;
  throw unexpected(response, context, "schema_mismatch", isList ? "no list" : "no record");
}

function checkType(response: HttpAnswerHead, context: CallContext): void {
  const contentType = response.headers.get("content-type");
  if (contentType === null || /^[^;]*[/+]json\s*(;|$)/i.test(contentType)) return;
  throw unexpected(
    response,
    context,
    "unexpected_content_type",
    `${mediaType(contentType)}, not JSON`,
  );
}

function unexpected(
  { status }: HttpAnswerHead,
  context: CallContext,
  code: "unexpected_content_type" | "schema_mismatch",
  found: string,
): ResponseValidationError {
  const message = `${context.operation}: the answer (${status}) is ${found}. Does baseUrl point at the Enode API, and is there a proxy in between?`;
  return new ResponseValidationError(message, { code, context: { ...context }, status });
}

/**
 * Whether a 404 says that the resource is already deleted. A 404 of a proxy, which is not JSON, says only that it
 * has no route.
 */
export function saysNothingIsThere({ response, text }: HttpAnswer): boolean {
  return response.status === 404 && (text === "" || typeof parseJson(text) === "object");
}

/** Undefined for what is not JSON. Errors of JSON.parse quote the text, which may hold a secret. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The type alone: its parameters are written by the server and not needed. */
export function mediaType(contentType: string): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? "of an unreadable type";
}

/** Whether it is a record with an ID. A proxy's own error, which is JSON too, has none. */
function isRecord(value: unknown): boolean {
  return typeof (value as { id?: unknown } | null | undefined)?.id === "string";
}

/** Whether it is a problem document of Enode. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const { type, title } = value as { type?: unknown; title?: unknown };
  return typeof type === "string" && typeof title === "string";
}
