import { documentedProblem } from "../http/documented-problems.ts";
import { problem } from "../http/problems.ts";
import { json, markStream } from "../http/responses.ts";
import type { Fault } from "./fault.ts";
import { withUnknowns } from "./unknown-values.ts";

/** Answers a request as a fault defines; `usual` carries the request out. */
export async function applyFault(
  fault: Fault,
  request: Request,
  usual: () => Promise<Response>,
): Promise<Response> {
  const carriedOut = fault.strikes === "after" ? await usual() : undefined;
  if (fault.delay !== undefined) await pause(fault.delay, request.signal);
  if (fault.reset === true) throw connectionReset();
  const response = faultyResponse(fault) ?? carriedOut ?? (await usual());
  return cut(fault, request.signal, await alter(fault, request, response));
}

/** The answer that replaces the usual one; undefined when the fault keeps the usual one. */
function faultyResponse({ operation, status, headers, body }: Fault): Response | undefined {
  if (status === undefined && headers === undefined && body === undefined) return undefined;
  const code = status ?? 500;
  const documented = documentedProblem(operation, code);
  if (body === undefined && documented !== null) {
    return json(code, documented.problem, { ...documented.headers, ...headers });
  }
  if (body === undefined && code >= 400) {
    const kind = code === 429 ? "too-many-requests" : "injected-fault";
    return json(code, problem(kind, "Injected fault", "A test asked the sandbox for it"), headers);
  }
  if (body === undefined || typeof body === "string") {
    return new Response(body ?? null, { status: code, ...(headers && { headers }) });
  }
  return json(code, body, headers);
}

/** Changes the content of a JSON answer. */
async function alter(
  { unknowns, repeatCursor }: Fault,
  { url }: Request,
  response: Response,
): Promise<Response> {
  if (unknowns !== true && repeatCursor !== true) return response;
  if (!/\bjson\b/.test(response.headers.get("content-type") ?? "")) return response;
  let body: unknown = await response.json();
  const after = new URL(url).searchParams.get("after");
  if (repeatCursor === true && after !== null && isPage(body)) {
    body = { ...body, pagination: { ...body.pagination, after } };
  }
  if (unknowns === true) body = withUnknowns(body);
  return new Response(JSON.stringify(body), { status: response.status, headers: response.headers });
}

function isPage(body: unknown): body is { readonly pagination: object } {
  if (typeof body !== "object" || body === null || !("pagination" in body)) return false;
  return typeof body.pagination === "object" && body.pagination !== null;
}

/** Lets only the first half of the body through. */
async function cut(fault: Fault, signal: AbortSignal, response: Response): Promise<Response> {
  if (fault.cut === undefined || response.body === null) return response;
  const { status, headers } = response;
  const whole = new Uint8Array(await response.arrayBuffer());
  const half = whole.slice(0, whole.length >> 1);
  if (fault.cut === "short") return new Response(half, { status, headers });
  headers.set("content-length", String(whole.length));
  const body = fault.cut === "broken" ? brokenBody(half) : stalledBody(half, signal);
  return markStream(new Response(body, { status, headers }));
}

function brokenBody(half: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(bodyBroken());
      else controller.enqueue(half);
      isSent = true;
    },
  });
}

function stalledBody(half: Uint8Array, signal: AbortSignal): ReadableStream<Uint8Array> {
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      controller.enqueue(half);
      stop = () => controller.error(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
    },
    cancel() {
      signal.removeEventListener("abort", stop);
    },
  });
}

/** Ends a call as fetch does when the peer has closed the connection. */
function connectionReset(): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), {
    code: "ECONNRESET",
    errno: -104,
    syscall: "read",
  });
  return new TypeError("fetch failed", { cause });
}

/** Ends a body as fetch does when the peer closes the connection in the middle of it. */
function bodyBroken(): TypeError {
  const cause = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
  return new TypeError("terminated", { cause });
}

/** Whether an error stands for a connection that a fault broke before the answer. */
export function isConnectionReset(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("cause" in error)) return false;
  const { cause } = error;
  return (
    typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ECONNRESET"
  );
}

/** Waits for so many milliseconds of the wall clock; throws the signal's reason when it aborts before. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
