import { isConnectionReset } from "./go-wrong.ts";
import type { Sandbox } from "./sandbox.ts";

/** Where clients of the environment `sandbox` look for the API and for tokens. */
const HOSTS = ["enode-api.sandbox.enode.io", "oauth.sandbox.enode.io"];

/** What msw asks of a request handler, as far as it uses it. */
interface RunArguments {
  readonly request: Request;
  readonly requestId: string;
}

/**
 * Handlers for msw 3, by which a sandbox answers what is sent to the default URLs of the environment `sandbox`: the API
 * and the token endpoint. Needs no msw by itself. Handlers that you give to `server.use()` go before them.
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
    kind: "request",
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
    log() {},
    reset() {},
    restore() {},
    dispose() {},
  };
  return handler;
}
