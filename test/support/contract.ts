import { type DescribedOperation, describedOperations } from "./openapi.ts";
import { problems } from "./schemas.ts";

type Fetch = (request: Request) => Promise<Response>;

/** A difference between the traffic and the OpenAPI file. */
export interface Violation {
  readonly operationId: string;
  /** Such as `request query pageSize` or `response 200 /data/0/id`. */
  readonly where: string;
  readonly what: string;
}

export interface ContractOptions {
  /** `throw`, the default, fails the call at once; `collect` only notes the violation. */
  readonly onViolation?: "throw" | "collect";
  /**
   * What an invalid request is: by default a `violation`. With `refused-or-violation` it is none when the answer is an
   * error, for tests of what a server does about invalid requests.
   */
  readonly invalidRequests?: "violation" | "refused-or-violation";
  /** Whether answers may hold members that the description does not name; `refused` by default. */
  readonly undeclared?: "refused" | "allowed";
}

/** Thrown for traffic that breaks the contract. */
class ContractError extends Error {
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super(
      violations
        .map(({ operationId, where, what }) => `${operationId}, ${where}: ${what}`)
        .join("\n"),
    );
    this.name = "ContractError";
    this.violations = violations;
  }
}

export interface ContractFetch {
  (input: Request | URL | string, init?: RequestInit): Promise<Response>;
  /** All violations so far. */
  readonly violations: Violation[];
  /** The IDs of all operations that were called so far. */
  readonly operations: Set<string>;
}

const TOKEN_PATH = "/oauth2/token";
const JSON_TYPE = /^application\/(problem\+)?json\b/;

/**
 * Wraps a fetch function so that every request and answer is checked against the OpenAPI file. The token endpoint is
 * not part of that file and passes unchecked.
 *
 * @example
 * const fetch = contractFetch(sandbox.fetch);
 */
export function contractFetch(fetch: Fetch, options: ContractOptions = {}): ContractFetch {
  const { onViolation = "throw" } = options;
  const violations: Violation[] = [];
  const operations = new Set<string>();

  async function checked(input: Request | URL | string, init?: RequestInit): Promise<Response> {
    const request =
      input instanceof Request && init === undefined ? input : new Request(input, init);
    const copy = copyOf(request);
    const response = await fetch(request);
    const operation = findOperation(request.method, new URL(request.url).pathname);
    if (operation !== undefined) operations.add(operation.id);
    const found = await violationsOf(copy, response.clone(), options);
    violations.push(...found);
    if (found.length > 0 && onViolation === "throw") throw new ContractError(found);
    return response;
  }

  return Object.assign(checked, { violations, operations });
}

/** A request that can be read whatever becomes of the one given. */
export function copyOf(request: Request): Request {
  // What has no body is the same however often it is read.
  return request.body === null ? request : request.clone();
}

/** What a request and its answer break of the contract; reads both. */
export async function violationsOf(
  request: Request,
  response: Response,
  options: Pick<ContractOptions, "invalidRequests" | "undeclared"> = {},
): Promise<Violation[]> {
  const { invalidRequests = "violation", undeclared = "refused" } = options;
  const { pathname } = new URL(request.url);
  if (pathname === TOKEN_PATH) return [];
  const operation = findOperation(request.method, pathname);
  const operationId = operation?.id ?? `${request.method} ${pathname}`;
  const inRequest =
    operation === undefined
      ? [{ where: "request", what: "is not described" }]
      : await checkRequest(operation, request);
  const isForgiven = invalidRequests === "refused-or-violation" && response.status >= 400;
  const inResponse =
    operation === undefined
      ? []
      : await checkResponse(operation, response, undeclared === "refused");
  const found = [...(isForgiven ? [] : inRequest), ...inResponse];
  return found.map((each) => ({ operationId, ...each }));
}

/** The described operation that a request is for. */
export function findOperation(method: string, path: string): DescribedOperation | undefined {
  const segments = path.split("/");
  return templates.find(
    ({ operation, parts }) => operation.method === method && fits(parts, segments),
  )?.operation;
}

/** Among templates that fit, the one with the fewest parameters is meant: /vehicles/actions/{actionId}. */
const templates = describedOperations
  .map((operation) => ({ operation, parts: operation.path.split("/") }))
  .sort((a, b) => a.operation.path.split("{").length - b.operation.path.split("{").length);

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, at) =>
      part.startsWith("{") ? segments[at] !== "" : part === segments[at],
    )
  );
}

async function checkRequest(
  operation: DescribedOperation,
  request: Request,
): Promise<Omit<Violation, "operationId">[]> {
  const { pathname, searchParams } = new URL(request.url);
  const segments = pathname.split("/");
  const template = operation.path.split("/");
  const found: Omit<Violation, "operationId">[] = [];
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place === "header") continue;
    const raw =
      place === "path" ? segments[template.indexOf(`{${name}}`)] : searchParams.getAll(name)[0];
    const where = `request ${place} ${name}`;
    if (raw === undefined) {
      if (required) found.push({ where, what: "is missing" });
      continue;
    }
    const text = place === "path" ? decode(raw) : raw;
    if (text === undefined) found.push({ where, what: "is badly encoded" });
    else found.push(...checkParameter(schema, where, text));
  }
  const declared = operation.parameters.filter((each) => each.in === "query");
  for (const name of new Set(searchParams.keys())) {
    if (!declared.some((each) => each.name === name)) {
      found.push({ where: `request query ${name}`, what: "is not described" });
    } else if (searchParams.getAll(name).length > 1) {
      found.push({ where: `request query ${name}`, what: "is given more than once" });
    }
  }
  found.push(...checkBody(operation, request.headers.get("content-type"), await request.text()));
  return found;
}

function checkParameter(schema: string, where: string, text: string) {
  const asText = problems(schema, false, text);
  // Numbers and booleans travel as text.
  const value = text === "true" || text === "false" ? text === "true" : Number(text);
  const isText = asText.length === 0 || text.trim() === "" || Number.isNaN(value);
  const asValue = isText ? asText : problems(schema, false, value);
  const wantsText = asValue.some(({ what }) => what === "must be string");
  return (wantsText ? asText : asValue).map(({ what }) => ({ where, what }));
}

function checkBody(operation: DescribedOperation, type: string | null, text: string) {
  const where = "request body";
  const { body } = operation;
  if (text === "") return body?.required ? [{ where, what: "is missing" }] : [];
  if (body === undefined) return [{ where, what: "is not described" }];
  if (!JSON_TYPE.test(type ?? "")) return [{ where, what: `has the content type ${type}` }];
  const value = parseJson(text);
  if (value === undefined) return [{ where, what: "is not JSON" }];
  return problems(body.schema, false, value.json).map(({ at, what }) => ({
    where: `${where} ${at}`.trimEnd(),
    what,
  }));
}

async function checkResponse(operation: DescribedOperation, response: Response, strict: boolean) {
  const status = String(response.status);
  const where = `response ${status}`;
  // The default of this description is "any other failure".
  const other = response.status >= 400 ? operation.responses.get("default") : undefined;
  const described = operation.responses.get(status) ?? other;
  if (described === undefined) return [{ where, what: "is not a described status" }];
  const text = await response.text();
  if (described.schema === undefined) {
    return text === "" ? [] : [{ where, what: "must have no body" }];
  }
  const type = response.headers.get("content-type") ?? "";
  if (!described.contentTypes.some((each) => type.startsWith(each))) {
    return [{ where, what: `has the content type ${type || "none"}` }];
  }
  const value = parseJson(text);
  if (value === undefined) return [{ where, what: "is not JSON" }];
  return problems(described.schema, strict, value.json).map(({ at, what }) => ({
    where: `${where} ${at}`.trimEnd(),
    what,
  }));
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
