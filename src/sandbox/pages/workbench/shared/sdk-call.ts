import { listsOfUser } from "../../../../../generated/kinds.ts";
import { type OperationId, operations } from "../../../../../generated/operations.ts";
import type { CopyText } from "./copy-text.ts";
import { chargingMethod, sdkMethods } from "./sdk-methods.ts";
import { sourceText } from "./source-text.ts";

/** A request to an operation of the API. */
export interface OperationCall {
  readonly operation: OperationId;
  /** The values of the parameters of the path, in its order. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As it was sent; null for none. */
  readonly body: string | null;
}

const LISTS_OF_USER: ReadonlySet<string> = new Set(Object.values(listsOfUser));
const NUMBERS: ReadonlySet<string> = new Set(["pageSize", "year", "month", "day", "utcOffset"]);

/** The call of enode-sdk that sends a request: by the method of a resource, where there is one for it. */
export function sdkCall(call: OperationCall): CopyText {
  const { operation, path } = call;
  const spec = operations[operation];
  const known = spec.query ?? [];
  const unknown = [...new Set(call.query.keys())].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `“${name}”`).join(", ");
    return { reason: `enode-sdk sends no unknown parameters, and the query holds ${names}.` };
  }
  const query = Object.fromEntries(
    Array.from(call.query, ([name, value]) => [name, typed(name, value)]),
  );
  if (spec.body === undefined) return { text: textOf(operation, path, query) };
  try {
    const body: unknown = JSON.parse(call.body ?? "");
    return { text: textOf(operation, path, query, body) };
  } catch {
    return { reason: "enode-sdk sends JSON, and the body of this request is none." };
  }
}

function textOf(
  operation: OperationId,
  path: OperationCall["path"],
  query: Readonly<Record<string, unknown>>,
  body?: unknown,
): string {
  const isCharging =
    operation === "controlVehicleCharging" || operation === "controlChargerCharging";
  if (isCharging) {
    const method = chargingMethod(sdkMethods[operation], body);
    return method === undefined
      ? `await enode.request(${JSON.stringify(operation)}, ${sourceText({ path, body })});`
      : textWith(method, Object.values(path));
  }
  const method = sdkMethods[operation];
  if (method.endsWith(".list") && LISTS_OF_USER.has(operation)) {
    return textWith(method, [{ ...path, ...query }]);
  }
  return textWith(method, [
    ...Object.values(path),
    ...(body === undefined ? [] : [body]),
    ...(Object.keys(query).length === 0 ? [] : [query]),
  ]);
}

function textWith(method: string, values: readonly unknown[]): string {
  return `await enode.${method}(${values.map((value) => sourceText(value)).join(", ")});`;
}

/** The value of a query parameter: a number where the SDK takes one. */
function typed(name: string, value: string): string | number {
  return NUMBERS.has(name) && String(Number(value)) === value ? Number(value) : value;
}
