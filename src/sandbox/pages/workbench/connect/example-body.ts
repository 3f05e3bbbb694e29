import type { PagesContext } from "../../shared/context.ts";
import { knownIds } from "./known-ids.ts";

/**
 * The example of a body in the description, with IDs that exist in this sandbox where there are some: the API would
 * answer 404 to those of the description.
 */
export function exampleBody(context: PagesContext, example: unknown): unknown {
  if (Array.isArray(example)) return example.map((each) => exampleBody(context, each));
  if (typeof example !== "object" || example === null) return example;
  const members: Record<string, unknown> = { ...example };
  for (const [name, value] of Object.entries(members)) {
    members[name] =
      typeof value === "string" && name.endsWith("Id")
        ? idFor(context, name, members["targetType"], value)
        : exampleBody(context, value);
  }
  return members;
}

/** @param targetType The kind of device that `targetId` belongs to. */
function idFor(
  context: PagesContext,
  name: string,
  targetType: unknown,
  example: string,
): string | null {
  const [known] = knownIds(context, name === "targetId" ? `${String(targetType)}Id` : name);
  // No location is a valid choice, and one that does not exist is not.
  return known ?? (name === "locationId" ? null : example);
}
