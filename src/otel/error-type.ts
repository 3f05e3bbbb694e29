import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { isEnodeError } from "../errors/index.ts";
import { attribute } from "./attributes.ts";

/** What the conventions call an error that has no type of its own. */
const other = "_OTHER";

/**
 * The type of an error for attributes: the code of an EnodeError, else the name of its class. Never its message, which
 * can quote an ID.
 */
export function errorType(error: unknown): string {
  if (isEnodeError(error)) return error.code;
  const { name } = Object(error) as { name?: unknown };
  return typeof name === "string" && /^\w{1,64}$/.test(name) ? name : other;
}

/** Marks a span as failed. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute(attribute.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
