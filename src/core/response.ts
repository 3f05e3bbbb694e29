import type { OperationSpec } from "../../generated/operations.ts";
import type { Problem } from "../../generated/types.ts";
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

/** Why the body of a success is not what the description says. */
export interface Departure {
  readonly code: "unexpected_content_type" | "invalid_json" | "schema_mismatch";
  /** What is there, where the code does not say. */
  readonly found: string;
}

/** What an answer holds. */
type Content =
  | { readonly data: unknown; readonly departure?: undefined }
  | { readonly departure: Departure };

/**
 * The result in an answer that holds one, or the departure of a success with another kind of body than the
 * description has, or with one where it has none.
 */
export function readResult(spec: OperationSpec, { response, text }: HttpAnswer): Content {
  if (!response.ok) return { data: parseJson(text) };
  return spec.empty ? readEmpty(response, text) : readRecord(response, text, spec.list);
}

/**
 * Proxies and captive portals answer with pages of their own, and 200, which must not count as a deleted user. A
 * record is valid: some deletions answer with the deleted record.
 */
function readEmpty(response: HttpAnswerHead, text: string): Content {
  if (text.trim() !== "") {
    const content = readRecord(response, text);
    if (content.departure) return content;
    const { data } = content;
    if (!isProblem(data) && !Object.hasOwn(data as object, "error")) return { data: undefined };
  } else if ([200, 202, 204].includes(response.status)) {
    return { data: undefined };
  }
  return depart("not the success that is described");
}

function readRecord({ status, headers }: HttpAnswerHead, text: string, isList = false): Content {
  if (status === 204) return depart("empty");
  const contentType = headers.get("content-type");
  if (!(contentType === null || /^[^;]*[/+]json\s*(;|$)/i.test(contentType))) {
    return depart("", "unexpected_content_type");
  }
  const data = parseJson(text);
  if (data === undefined) return depart("", "invalid_json");
  if (typeof data === "object" && data && Array.isArray(data) === isList) return { data };
  return depart(isList ? "no list" : "no record");
}

function depart(found: string, code: Departure["code"] = "schema_mismatch"): Content {
  return { departure: { code, found } };
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
