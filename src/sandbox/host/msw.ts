import type { Sandbox } from "../app/handle.ts";
import { isConnectionReset } from "../faults/apply-fault.ts";

/** The hosts of the API and the token endpoint of the environment `sandbox`. */
const HOSTS = ["enode-api.sandbox.enode.io", "oauth.sandbox.enode.io"];

/** The arguments of a request handler of msw, as far as they are used here. */
interface RunArguments {
  readonly request: Request;
  readonly requestId: string;
}

/**
 * Handlers for msw 2 and 3 with which a sandbox answers requests to the default URLs of the environment `sandbox`: the
 * API and the token endpoint. msw 2.6.0 cannot use them, and fails such a call with an error that says so. This package
 * does not depend on msw. Handlers that you give to `server.use()` go before them.
 *
 * @typeParam Handler msw's type of handlers; follows from where the handlers are used.
 *
 * @example
 * ```ts
 * import { createSandbox, sandboxHandlers } from "enode-sdk/sandbox";
 * import { setupServer } from "msw/node";
 *
 * const sandbox = createSandbox({ clock: "manual" });
 * const server = setupServer(...sandboxHandlers(sandbox));
 * server.listen();
 * // A client of the environment "sandbox" with sandbox.credentials now talks to the sandbox.
 * server.close();
 * ```
 */
export function sandboxHandlers<Handler = never>(sandbox: Sandbox): Handler[] {
  // msw's own type has private members, which no other object can have and which msw does not read.
  return HOSTS.map((host) => handlerFor(sandbox, host) as Handler);
}

function handlerFor(sandbox: Sandbox, host: string): unknown {
  const handler = {
    // msw 3 and 2.13 recognize a request handler by one of these, 2.6 to 2.12 by the other; older ones do not check.
    kind: "request",
    __kind: "RequestHandler",
    info: { header: `ALL https://${host}/*` },
    isUsed: false,
    async run({ request, requestId }: RunArguments) {
      if (new URL(request.url).host !== host) return null;
      // For the logs of msw: the body of the original is read.
      const copy = request.clone();
      handler.isUsed = true;
      const response = await sandbox.fetch(request).catch((error: unknown) => {
        // msw turns errors that a handler throws into a status of 500; this makes fetch fail.
        if (isConnectionReset(error)) return Response.error();
        throw error;
      });
      return { handler, request: copy, requestId, parsedResult: {}, response };
    },
    // Only msw 1 calls it.
    test() {
      throw new Error("sandboxHandlers() is for msw 2 and 3; msw 1 cannot use them.");
    },
    log() {},
    reset() {},
    restore() {},
    dispose() {},
  };
  return new Proxy(handler, { getPrototypeOf });
}

/**
 * msw 2.6.0, as the only version, ignores handlers that are no instances of its own classes, so that a test would call
 * Enode. It reads the prototype for this check, and gets an error here. All other callers get the prototype.
 */
function getPrototypeOf(handler: object): object | null {
  if (/hasInstance.*\n.*[\\/]msw[^\\/]*[\\/]lib[\\/]/.test(new Error().stack ?? "")) {
    throw new Error(
      "msw 2.6.0 cannot use the handlers of sandboxHandlers(): update to 2.6.1 or later.",
    );
  }
  return Reflect.getPrototypeOf(handler);
}
