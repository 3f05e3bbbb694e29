import { Resource } from "../../../src/resources/resource.ts";

/** A function that belongs to a client or scope, such as `vehicles.actions.get`. */
export interface Method {
  readonly name: string;
  readonly owner: Record<string, (...args: never[]) => unknown>;
  readonly key: string;
}

/** Every method that a user of an object can reach, by its dotted name. */
export function methodsOf(root: object, prefix = ""): Method[] {
  // `api` is protected: the pipeline, for the resource itself only.
  const own = Object.entries(root).filter(([name]) => name !== "api");
  const inherited = prototypesOf(root).flatMap((prototype) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([name]) => name !== "constructor" && !Object.hasOwn(root, name))
      .map(([name, { value }]): [string, unknown] => [name, value]),
  );
  return [...own, ...inherited].flatMap(([key, value]) => {
    const name = prefix + key;
    // Read by its own key, so the owner has it.
    if (typeof value === "function") return [{ name, key, owner: root as Method["owner"] }];
    return typeof value === "object" && value !== null ? methodsOf(value, `${name}.`) : [];
  });
}

/** The classes of an object up to the base of all resources, whose members are for resources only. */
function prototypesOf(object: object): object[] {
  const found: object[] = [];
  let at: object | null = Object.getPrototypeOf(object);
  while (at !== null && at !== Object.prototype && at !== Resource.prototype) {
    found.push(at);
    at = Object.getPrototypeOf(at);
  }
  return found;
}
