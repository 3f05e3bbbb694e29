import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { TOKEN_PATH } from "../api/oauth/token-endpoint.ts";
import type { Sandbox } from "../app/handle.ts";
import { refuseUnknownOptions, type SandboxOptions } from "../app/options.ts";
import { type Built, buildSandbox } from "../app/sandbox.ts";
import { isConnectionReset } from "../faults/apply-fault.ts";
import { httpDate, isStream } from "../http/responses.ts";
import type { Pages } from "../pages/shared/context.ts";
import type { LoadedState } from "./kept-state.ts";
import { isLoopback } from "./loopback.ts";
import { DESCRIPTION_PATH, describe } from "./openapi-file.ts";

/** Options of a sandbox that is served over HTTP. */
export interface SandboxServerOptions extends SandboxOptions {
  /** The port to listen on; 0, the default, takes any free one. */
  readonly port?: number | undefined;
  /**
   * Whether the workbench can show what went over the wire: headers, bodies and answers of the last 200 requests and
   * of the last 200 deliveries, without secrets; `true` by default. `createSandbox()`, which has no page, keeps none.
   */
  readonly bodies?: boolean | undefined;
  /**
   * A file that keeps users, devices, locations, tariffs, schedules, webhooks and the simulated time: the sandbox begins
   * with what it holds, in place of `seed` and `fleet`, and writes it every minute and with `close()`. Up to 10,000
   * devices; larger fleets are written with `close()` only. It holds secrets of webhooks, so only you can read it.
   */
  readonly state?: string | undefined;
}

/** A sandbox that listens on 127.0.0.1. */
export interface SandboxServer extends Sandbox {
  /** URL of the API. */
  readonly apiUrl: string;
  /** URL of the token endpoint. */
  readonly tokenUrl: string;
  /** Start of every `linkUrl`. */
  readonly linkUrl: string;
  /** Environment variables with which `Enode.fromEnv()` finds this sandbox. */
  readonly env: {
    /** Address of the API. */
    readonly ENODE_API_URL: string;
    /** Address of the token endpoint. */
    readonly ENODE_TOKEN_URL: string;
    /** ID of the client. */
    readonly ENODE_CLIENT_ID: string;
    /** Secret of the client. */
    readonly ENODE_CLIENT_SECRET: string;
    /** Always `sandbox`. */
    readonly ENODE_ENVIRONMENT: "sandbox";
  };
  /**
   * Stops listening and breaks open connections, those of webhook deliveries as well.
   *
   * @throws Error when the file of the option `state` cannot be written.
   */
  close(): Promise<void>;
}

/**
 * Serves a simulated Enode API over HTTP, on 127.0.0.1 only. Needs Node, Bun or Deno.
 *
 * @throws Error when the port is in use or the file of `state` cannot be used, TypeError for an option that does not exist, RangeError for a value out of
 * range.
 * @example
 * ```ts
 * import { startSandbox } from "enode-sdk/sandbox";
 *
 * const sandbox = await startSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
 * Object.assign(process.env, sandbox.env);
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxServerOptions = {}): Promise<SandboxServer> {
  return (await serveSandbox(options)).server;
}

/** A sandbox that listens, with the parts that the command line needs besides. */
export interface Served {
  readonly server: SandboxServer;
  /** URL of the workbench, with the token that it asks for when other machines reach it. */
  readonly pageUrl: string;
  readonly webhooks: Built["webhooks"];
  readonly seed: number;
  /** Whether it began with what a file of the option `state` holds. */
  readonly isRestored: boolean;
  /** What the workbench shows as the environment of a program; may be added to. */
  readonly shownEnv: Record<string, string>;
}

/**
 * @param host Address to listen on.
 * @param notice Is called with what a user should know of the file of the option `state`.
 */
export async function serveSandbox(
  options: SandboxServerOptions,
  host: string = LOOPBACK,
  notice: (text: string) => void = (text) => process.emitWarning(text),
): Promise<Served> {
  refuseUnknownOptions(options, { port: true, bodies: true, state: true });
  const { port = 0, bodies = true, state: path, ...rest } = options;
  if (path !== undefined && (typeof path !== "string" || path === "")) {
    throw new TypeError('The sandbox option "state" must be the path of a file');
  }
  if (typeof bodies !== "boolean") {
    throw new TypeError('The sandbox option "bodies" must be true or false');
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`The sandbox option "port" must be a whole number from 0 to 65535`);
  }
  // Loaded here so that createSandbox() also serves where there is no node:http, and without the pages.
  const { createServer } = await import("node:http");
  const { createPages } = await import("../pages/index.ts");
  const { PageAccess } = await import("./page-access.ts");
  const { kept, state } = path === undefined ? NO_STATE : await loadState(path, notice);
  const server = createServer();
  const apiUrl = await listen(server, port, host);
  const linkUrl = `${apiUrl}/link`;
  const tokenUrl = apiUrl + TOKEN_PATH;
  let built: Built;
  try {
    built = buildSandbox(rest, { linkUrl, isRecording: bodies, state });
    await kept?.begin(built);
  } catch (error) {
    await close(server);
    throw kept?.explain(error) ?? error;
  }
  const { sandbox, stop, seed, ...inside } = built;
  const env = {
    ENODE_API_URL: apiUrl,
    ENODE_TOKEN_URL: tokenUrl,
    ENODE_CLIENT_ID: sandbox.credentials.clientId,
    ENODE_CLIENT_SECRET: sandbox.credentials.clientSecret,
    ENODE_ENVIRONMENT: "sandbox",
  } as const;
  const shownEnv: Record<string, string> = { ...env };
  const access = isLoopback(host) ? undefined : new PageAccess(new URL(apiUrl).port);
  const allPages = createPages({ sandbox, apiUrl, env: shownEnv, ...inside });
  const pages = access?.guard(allPages) ?? allPages;
  const anyHost = access !== undefined;
  server.on("request", (message, reply) => {
    // Otherwise node:http would send the time of the machine.
    reply.setHeader("date", httpDate(sandbox.clock.now()));
    serve({ sandbox, pages, anyHost, apiUrl }, message, reply).catch((error: unknown) => {
      // A fault asked for a broken connection; any other error is a bug, and visible as one.
      if (isConnectionReset(error)) message.socket.resetAndDestroy();
      else if (reply.headersSent) message.socket.destroy();
      else reply.writeHead(500).end(String(error));
    });
  });
  return {
    server: {
      ...sandbox,
      apiUrl,
      tokenUrl,
      linkUrl,
      env,
      async close() {
        const saved = kept?.end();
        stop();
        await Promise.all([saved, close(server)]);
      },
    },
    pageUrl: access === undefined ? `${apiUrl}/` : `${apiUrl}/?token=${access.token}`,
    webhooks: built.webhooks,
    seed,
    isRestored: state !== undefined,
    shownEnv,
  };
}

const LOOPBACK = "127.0.0.1";

const NO_STATE = { kept: undefined, state: undefined };

/** Loaded only where there is a file: others need no node:fs. */
async function loadState(path: string, notice: (text: string) => void): Promise<LoadedState> {
  const { KeptState } = await import("./kept-state.ts");
  return KeptState.load(path, notice);
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} of ${host} is in use; choose another or 0`, { cause: error })
          : error,
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      const actual = typeof address === "object" && address !== null ? address.port : port;
      resolve(`http://${urlHost(host)}:${actual}`);
    });
  });
}

/** The host of the URL for programs on this machine. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return LOOPBACK;
  return host.includes(":") ? `[${host}]` : host;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Serving {
  readonly sandbox: Sandbox;
  readonly pages: Pages;
  /** Whether the pages may have any name, because they ask for a token. */
  readonly anyHost: boolean;
  readonly apiUrl: string;
}

async function serve(
  { sandbox, pages, anyHost, apiUrl }: Serving,
  message: IncomingMessage,
  reply: ServerResponse,
): Promise<void> {
  let request: Request;
  try {
    request = await toRequest(apiUrl, message, reply);
  } catch (error) {
    // HTTP allows requests that fetch does not: a TRACE, or a body that ends early. What follows of a body is not read.
    const status = error instanceof BodyTooLarge ? 413 : 400;
    reply.writeHead(status, { connection: "close" }).end();
    return;
  }
  if (request.method === "GET" && new URL(request.url).pathname === DESCRIPTION_PATH) {
    await send(await describe(), reply);
    return;
  }
  // The API needs a token. Pages that only this machine reaches do not, so a site whose name resolves to it must not.
  const page = anyHost || isOwnHost(message.headers.host, apiUrl) ? pages(request) : undefined;
  const response = await (page ?? sandbox.fetch(request));
  await (page !== undefined || isStream(response) ? stream : send)(response, reply);
}

async function send(response: Response, reply: ServerResponse): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  reply.writeHead(response.status, Object.fromEntries(response.headers));
  reply.end(body);
}

function isOwnHost(host: string | undefined, apiUrl: string): boolean {
  const own = new URL(apiUrl);
  const alias = new URL(apiUrl);
  alias.hostname = "localhost";
  // Browsers leave out the default port, as URLs do.
  return host === own.host || host === alias.host;
}

/** Sends a body chunk by chunk, as fast as the peer reads it. */
async function stream(response: Response, reply: ServerResponse): Promise<void> {
  const { status, headers, body } = response;
  reply.writeHead(status, Object.fromEntries(headers));
  if (body === null) {
    reply.end();
    return;
  }
  const reader = body.getReader();
  reply.once("close", () => {
    reader.cancel().catch(() => {});
  });
  reply.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    await written(reply, value);
  }
  reply.end();
}

/** Resolves when the peer can take more, or has closed the connection. */
function written(reply: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      reply.off("close", go);
      resolve();
    };
    reply.once("close", go);
    reply.write(piece, go);
  });
}

/** The most bytes of a body: far more than any request to Enode has. */
const MOST_BODY = 16 * 1_048_576;

class BodyTooLarge extends Error {}

async function toRequest(
  apiUrl: string,
  message: IncomingMessage,
  reply: ServerResponse,
): Promise<Request> {
  const { method = "GET", url = "/" } = message;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const takesBody = method !== "GET" && method !== "HEAD";
  // The body of a GET is not read: Deno before 2.7 never reports its end.
  let size = 0;
  if (takesBody) {
    for await (const chunk of message) {
      size += chunk.length;
      if (size > MOST_BODY) throw new BodyTooLarge();
      chunks.push(chunk);
    }
  }
  const closed = new AbortController();
  reply.once("close", () => closed.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const body = chunks.length > 0 ? new Blob(chunks) : null;
  const address = URL.canParse(url) ? url : `${apiUrl}${url.startsWith("/") ? "" : "/"}${url}`;
  return new Request(address, { method, headers, body, signal: closed.signal });
}
