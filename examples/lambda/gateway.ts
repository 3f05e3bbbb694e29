/** Stands for API Gateway on your machine: turns requests into events of an HTTP API, and answers into responses. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
} from "aws-lambda";
import { postgresStorage } from "enode-sdk/storage/postgres";
import { Pool } from "pg";
import * as functions from "./handler.ts";

type Event = APIGatewayProxyEventV2WithJWTAuthorizer;

/** A gateway that listens. */
export interface Gateway {
  readonly url: string;
  readonly backend: functions.Backend;
  close(): Promise<void>;
}

const routeKeys = [
  "POST /webhooks/enode",
  "POST /link",
  "GET /vehicles",
  "POST /vehicles/{id}/charging",
];

/**
 * @param backendAt Makes the functions, for the address of the gateway.
 * @param options `isBinary`: bodies come as base64, as they do with some content types.
 */
export async function startGateway(
  backendAt: (url: string) => functions.Backend,
  { port = 0, isBinary = false }: { port?: number; isBinary?: boolean } = {},
): Promise<Gateway> {
  const server = createServer(async (request, response) => {
    const { statusCode, headers, body, isBase64Encoded } = await answer(request);
    response.writeHead(statusCode ?? 200, headers as Record<string, string>);
    response.end(
      body === undefined ? body : Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const backend = backendAt(url);

  async function answer(request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> {
    const event = toEvent(request, await buffer(request), isBinary);
    if (event === undefined) return { statusCode: 404 };
    if (event.routeKey === "POST /webhooks/enode") return backend.webhook(event);
    // The authorizer refuses requests without a token.
    if (!event.requestContext.authorizer.jwt.claims["sub"]) return { statusCode: 401 };
    return backend.api(event);
  }

  return {
    url,
    backend,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function toEvent(request: IncomingMessage, body: Buffer, isBinary: boolean): Event | undefined {
  const method = request.method ?? "GET";
  const { pathname, search } = new URL(request.url ?? "/", "http://gateway.example");
  for (const routeKey of routeKeys) {
    const pattern = `^${routeKey.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`;
    const match = new RegExp(pattern).exec(`${method} ${pathname}`);
    if (match === null) continue;
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    // Your authorizer reads a token here. This one believes whatever a header says.
    const claims = { sub: String(request.headers["x-user"] ?? "") };
    const time = new Date();
    return {
      version: "2.0",
      routeKey,
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: Object.fromEntries(headers),
      requestContext: {
        accountId: "local",
        apiId: "local",
        authorizer: { principalId: "", integrationLatency: 0, jwt: { claims, scopes: [] } },
        domainName: "gateway.example",
        domainPrefix: "gateway",
        http: { method, path: pathname, protocol: "HTTP/1.1", sourceIp: "", userAgent: "" },
        requestId: "local",
        routeKey,
        stage: "$default",
        time: time.toISOString(),
        timeEpoch: time.getTime(),
      },
      pathParameters: { ...match.groups },
      body: body.toString(isBinary ? "base64" : "utf8"),
      isBase64Encoded: isBinary,
    };
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
  await postgresStorage({ pool }).migrate();
  await pool.end();
  const { url } = await startGateway(() => functions, {
    port: Number(process.env["PORT"] ?? 3000),
  });
  await functions.register();
  console.log(`listens at ${url}`);
}
