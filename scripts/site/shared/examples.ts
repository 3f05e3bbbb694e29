import { isRecord, type Schema } from "../../generate/document.ts";
import { schemaNameOf } from "../../generate/names.ts";
import type { SandboxEvent } from "../source/sandbox-events.ts";
import { answersOf, bodyExampleOf, type Description } from "./api.ts";

/** An example of each schema, as far as there is one: of calls first, then of events. */
export type Examples = ReadonlyMap<Schema, unknown>;

/** Finds examples of schemas in those of calls, and in events as the sandbox delivers them. */
export function findExamples(
  description: Description,
  delivered: ReadonlyMap<string, SandboxEvent>,
): Examples {
  const { operations, webhookEvents, schemas } = description.api;
  const found = new Map<Schema, unknown>();
  for (const operation of operations) {
    const success = answersOf(description, operation).find(({ status }) => status.startsWith("2"));
    collect(operation.results[0]?.schema, success?.example);
    collect(operation.body?.schema, bodyExampleOf(description, operation));
  }
  for (const [name, event] of delivered) collect(webhookEvents.get(name), event);
  return found;

  function collect(schema: Schema | undefined, value: unknown): void {
    if (schema === undefined || value === undefined || value === null) return;
    const name = schema.$ref === undefined ? undefined : schemaNameOf(schema.$ref);
    const whole = (name === undefined ? undefined : schemas.get(name)) ?? schema;
    if (!found.has(whole)) found.set(whole, value);
    for (const part of [whole.oneOf, whole.anyOf].flatMap((parts) => parts ?? [])) {
      if (fits(part, value)) collect(part, value);
    }
    if (whole.items && Array.isArray(value)) for (const each of value) collect(whole.items, each);
    if (!isRecord(value)) return;
    for (const [key, property] of Object.entries(whole.properties ?? {})) {
      collect(property, value[key]);
    }
  }

  /** Whether a value can be of one of several alternatives: it has what that needs, and its constants. */
  function fits(part: Schema, value: unknown): boolean {
    const name = part.$ref === undefined ? undefined : schemaNameOf(part.$ref);
    const whole = (name === undefined ? undefined : schemas.get(name)) ?? part;
    if (whole.oneOf ?? whole.anyOf) return true;
    if (!isRecord(value)) return false;
    return (
      (whole.required ?? []).every((key) => key in value) &&
      Object.entries(whole.properties ?? {}).every(([key, property]) => {
        const allowed = property.const === undefined ? property.enum : [property.const];
        return value[key] === undefined || !allowed || allowed.includes(value[key]);
      })
    );
  }
}
