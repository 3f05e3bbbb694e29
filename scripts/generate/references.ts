import type { Api } from "./api.ts";
import { isRecord, type Schema } from "./document.ts";
import { refTo, schemaNameOf } from "./names.ts";

/** The names of all schemas that can be reached from a value by references. */
export function reachable(schemas: Map<string, Schema>, from: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (isRecord(value)) {
      const name = typeof value["$ref"] === "string" ? schemaNameOf(value["$ref"]) : undefined;
      if (name !== undefined && !found.has(name)) {
        found.add(name);
        visit(schemas.get(name));
      }
      for (const member of Object.values(value)) visit(member);
    }
  };
  visit(from);
  return found;
}

/** The names of all schemas that a caller may send, as a body or in a query. */
export function sentNames({ schemas, operations }: Api): Set<string> {
  return reachable(
    schemas,
    operations.map(({ body, queryParameters }) => [body?.schema, queryParameters]),
  );
}

/** The schemas that `unlisted` uses and that neither `listed` nor any other schema does. */
export function namesUsedOnlyBy(
  unlisted: unknown,
  listed: unknown,
  schemas: Map<string, Schema>,
): string[] {
  const candidates = reachable(schemas, unlisted);
  const others = [...schemas.keys()].filter((name) => !candidates.has(name));
  const kept = reachable(schemas, [listed, others.map((name) => ({ $ref: refTo(name) }))]);
  return [...candidates].filter((name) => !kept.has(name));
}

/** The schemas, each after those it needs, and the names of those that need themselves. */
export function dependencyOrder(schemas: Map<string, Schema>): {
  order: string[];
  cyclic: Set<string>;
} {
  const needs = new Map([...schemas].map(([name, schema]) => [name, reachable(schemas, schema)]));
  const cyclic = new Set([...schemas.keys()].filter((name) => needs.get(name)?.has(name)));
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    // What a schema of a cycle refers to is looked up lazily, so it may come in any order.
    for (const other of cyclic.has(name) ? [] : (needs.get(name) ?? [])) visit(other);
    order.add(name);
  };
  for (const name of schemas.keys()) visit(name);
  return { order: [...order], cyclic };
}
