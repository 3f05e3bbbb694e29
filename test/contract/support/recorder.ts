import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { contractFetch, type Violation } from "../../support/contract.ts";

/** One request as it came over the wire. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface PlannedAnswer {
  readonly status: number;
  /** Undefined: none. */
  readonly body: unknown;
}

/** A server on loopback that writes down what arrives, and checks it and its own answers by the description. */
export interface Recorder {
  readonly url: string;
  readonly tokenUrl: string;
  /** How to answer from now on. */
  answer: PlannedAnswer;
  readonly violations: readonly Violation[];
  /** What arrived since the last call of this, requests for tokens left out. */
  take(): Recorded[];
  close(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  let recorded: Recorded[] = [];
  const answering = { status: 500, body: undefined as unknown };
  const checked = contractFetch(async () => toResponse(answering), { onViolation: "collect" });
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    let answer: Response;
    if (url.pathname === "/oauth2/token") {
      const token = { access_token: "token-1", token_type: "bearer", expires_in: 3599 };
      answer = toResponse({ status: 200, body: token });
    } else {
      recorded.push(toRecorded(request, body));
      answer = await checked(toRequest(url, request, body));
    }
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    tokenUrl: `${url}/oauth2/token`,
    get answer() {
      return answering;
    },
    set answer({ status, body }) {
      answering.status = status;
      answering.body = body;
    },
    violations: checked.violations,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** Split by hand: a URL parser would clean up what the client got wrong. */
function toRecorded(request: IncomingMessage, body: string): Recorded {
  const [path = "", ...rest] = (request.url ?? "").split("?");
  const query = rest
    .join("?")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const [name = "", ...value] = pair.split("=");
      return [decodeURIComponent(name), decodeURIComponent(value.join("="))];
    });
  return {
    method: request.method ?? "",
    path,
    query,
    // Node joins repeated headers; none of those looked at here comes as a list.
    headers: request.headers as Record<string, string | undefined>,
    body,
  };
}

function toRequest(url: URL, request: IncomingMessage, body: string): Request {
  const type = request.headers["content-type"];
  return new Request(url, {
    method: request.method ?? "",
    ...(type === undefined ? {} : { headers: { "content-type": type } }),
    ...(body === "" ? {} : { body }),
  });
}

function toResponse({ status, body }: PlannedAnswer): Response {
  return body === undefined ? new Response(null, { status }) : Response.json(body, { status });
}

async function textOf(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
