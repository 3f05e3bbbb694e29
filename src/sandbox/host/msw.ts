import type { Sandbox } from "../app/handle.ts";
import { isConnectionReset } from "../faults/apply-fault.ts";

/** Where clients of the environment `sandbox` look for the API and for tokens. */
const HOSTS = ["enode-api.sandbox.enode.io", "oauth.sandbox.enode.io"];

/** What msw asks of a request handler, as far as it uses it. */
interface RunArguments {
  readonly request: Request;
  readonly requestId: string;
}

/**
 * Handlers for msw 2 and 3, by which a sandbox answers what is sent to the default URLs of the environment `sandbox`: the
 * API and the token endpoint. msw 2.6.0 cannot use them, and fails such a call with an error that says so. Needs no msw by
 * itself. Handlers that you give to `server.use()` go before them.
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
  // msw's own type has private members, which no object but its own can have, and which msw does not look at.
  return HOSTS.map((host) => handlerFor(sandbox, host) as Handler);
}

function handlerFor(sandbox: Sandbox, host: string): unknown {
  const handler = {
    // What msw 3 and 2.13 know a handler for requests by, and what 2.6 to 2.12 do; older ones do not ask.
    kind: "request",
    __kind: "RequestHandler",
    info: { header: `ALL https://${host}/*` },
    isUsed: false,
    async run({ request, requestId }: RunArguments) {
      if (new URL(request.url).host !== host) return null;
      // What msw hands on to its logs; the body of the other one is read.
      const copy = request.clone();
      handler.isUsed = true;
      const response = await sandbox.fetch(request).catch((error: unknown) => {
        // What an msw handler throws becomes an answer of status 500; this becomes a failed fetch.
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
 * msw 2.6.0, alone of all, passes by what is no instance of classes of its own, so that a test would talk to Enode. It
 * looks for that at the prototype, and learns here that it cannot go on. Whoever else asks for the prototype gets it.
 */
function getPrototypeOf(handler: object): object | null {
  if (/hasInstance.*\n.*[\\/]msw[^\\/]*[\\/]lib[\\/]/.test(new Error().stack ?? "")) {
    throw new Error(
      "msw 2.6.0 cannot use the handlers of sandboxHandlers(): update to 2.6.1 or later.",
    );
  }
  return Reflect.getPrototypeOf(handler);
}
