import { type OperationId, operations } from "../../../generated/operations.ts";
import { badRequest, methodNotAllowed, notFound } from "./problems.ts";

/** The operation of a request, and the values of its path parameters. */
export interface Route {
  readonly operation: OperationId;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: { readonly name: string; readonly node: Node } | undefined;
  readonly operations: Map<string, OperationId>;
}

const newNode = (): Node => ({ literals: new Map(), parameter: undefined, operations: new Map() });

/** Builds a tree of the paths of the description, one level for each segment. */
function plant(): Node {
  const root = newNode();
  // The type of Object.keys() does not keep the known keys.
  for (const id of Object.keys(operations) as OperationId[]) {
    const { method, path } = operations[id];
    let node = root;
    for (const segment of path.split("/").slice(1)) node = child(node, segment);
    node.operations.set(method, id);
  }
  return root;
}

function child(node: Node, segment: string): Node {
  const name = /^\{(.+)\}$/.exec(segment)?.[1];
  if (name !== undefined) {
    // Templates that share a node use the same name for the parameter.
    node.parameter ??= { name, node: newNode() };
    return node.parameter.node;
  }
  const known = node.literals.get(segment) ?? newNode();
  node.literals.set(segment, known);
  return known;
}

let tree: Node | undefined;

/** Finds the operation for a method and a path; throws a 404, a 405, or a 400 for a path that is badly encoded. */
export function route(method: string, path: string): Route {
  tree ??= plant();
  const allowed: string[] = [];
  for (const { node, parameters } of matches(tree, path.split("/").slice(1).map(decode))) {
    const operation = node.operations.get(method);
    if (operation !== undefined) return { operation, parameters: new Map(parameters) };
    allowed.push(...node.operations.keys());
  }
  if (allowed.length > 0) throw methodNotAllowed(method, allowed);
  throw notFound(`There is no ${path}`);
}

interface Match {
  readonly node: Node;
  readonly parameters: readonly (readonly [string, string])[];
}

/** All nodes that match; literal segments go before parameters. */
function matches(node: Node, segments: readonly string[]): Match[] {
  const [first, ...rest] = segments;
  if (first === undefined) return [{ node, parameters: [] }];
  const found: Match[] = [];
  const literal = node.literals.get(first);
  if (literal !== undefined) found.push(...matches(literal, rest));
  if (node.parameter !== undefined && first !== "") {
    const { name, node: next } = node.parameter;
    for (const match of matches(next, rest)) {
      found.push({ node: match.node, parameters: [[name, first], ...match.parameters] });
    }
  }
  return found;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest("The path is badly encoded");
  }
}
