import { Enode } from "../../src/enode.ts";
import { type EnodeError, isEnodeError } from "../../src/errors/index.ts";
import type { EnodeOptions } from "../../src/options.ts";
import { undiciTransport } from "../../src/undici/index.ts";

/** A request that reached the stub. */
export interface StubRequest {
  readonly request: Request;
  readonly body: string;
  /** Counts requests of its kind, from 1. */
  readonly nth: number;
  /** The bearer token that it carries. */
  readonly token: string | undefined;
}

export type Answer = (request: StubRequest) => Response | Promise<Response>;

/** A `fetch` that answers from functions, and remembers what it was asked. */
export interface StubFetch {
  (request: Request): Promise<Response>;
  readonly apiRequests: StubRequest[];
  readonly tokenRequests: StubRequest[];
}

/** Stands in for the network: one function answers the API, another the token endpoint. */
export function stubFetch(answers: { api?: Answer; token?: Answer } = {}): StubFetch {
  const { api = () => json({ id: "ok" }), token = tokenAnswer() } = answers;
  const apiRequests: StubRequest[] = [];
  const tokenRequests: StubRequest[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const isToken = request.url.endsWith("/oauth2/token");
    const list = isToken ? tokenRequests : apiRequests;
    const seen = {
      request,
      // Counted before the body is read, which takes a while.
      nth: list.length + 1,
      token: request.headers.get("authorization")?.replace(/^Bearer /, ""),
      body: "",
    };
    list.push(seen);
    if (request.body) seen.body = await request.clone().text();
    return isToken ? token(seen) : api(seen);
  };
  return Object.assign(fetch, { apiRequests, tokenRequests });
}

/** The token endpoint's usual answers: `token-1`, `token-2`, … */
export function tokenAnswer(expiresIn = 3600): Answer {
  return ({ nth }) =>
    json({ access_token: `token-${nth}`, token_type: "bearer", expires_in: expiresIn });
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** An answer with a problem document. */
export function problem(status: number, headers: Record<string, string> = {}): Response {
  const body = {
    type: "https://developers.enode.com/api/problems/some-kind",
    title: "Some kind of problem.",
    detail: "More about it.",
  };
  return json(body, status, headers);
}

const originalFetch = globalThis.fetch;

/** A client with credentials; options replace or add to the usual ones. */
export function createClient(
  options: Partial<Extract<EnodeOptions, { clientSecret: unknown }>> = {},
): Enode {
  return new Enode({
    clientId: "client-1",
    clientSecret: "secret-1",
    environment: "sandbox",
    ...otherTransport(options),
    ...options,
  });
}

/** What goes over the network goes by undici in its second run: see vitest.config.ts. */
function otherTransport({ fetch }: Partial<EnodeOptions>): Pick<EnodeOptions, "transport"> {
  const isStubbed = fetch !== undefined || globalThis.fetch !== originalFetch;
  if (process.env["ENODE_TEST_TRANSPORT"] !== "undici" || isStubbed) return {};
  return { transport: undiciTransport() };
}

/**
 * The error by which a promise fails. Attaches itself at once, so that fake time can pass before the
 * result is awaited.
 */
export function failureOf(promise: PromiseLike<unknown>): Promise<EnodeError>;
export function failureOf<Kind extends EnodeError>(
  promise: PromiseLike<unknown>,
  guard: (error: unknown) => error is Kind,
): Promise<Kind>;
export async function failureOf(
  promise: PromiseLike<unknown>,
  guard: (error: unknown) => boolean = isEnodeError,
): Promise<unknown> {
  let error: unknown;
  try {
    await promise;
  } catch (thrown) {
    error = thrown;
  }
  if (error === undefined) throw new Error("The promise should have failed, but it did not.");
  if (!guard(error)) {
    throw new Error(`It failed with another error: ${String(error)}`, { cause: error });
  }
  return error;
}

/** The error that a function throws. */
export function errorOf<Kind extends EnodeError>(
  run: () => unknown,
  guard: (error: unknown) => error is Kind,
): Kind {
  try {
    run();
  } catch (error) {
    if (guard(error)) return error;
    throw error;
  }
  throw new Error("The function should have thrown, but it did not.");
}
