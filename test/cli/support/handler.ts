import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

/** A request that a handler got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server for webhooks: how it answers, its URL, and what it got. */
export async function startHandler(
  answer: (reply: ServerResponse, request: Received) => void = (reply) =>
    reply.writeHead(204).end(),
): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((message, reply) => {
    let body = "";
    message.on("data", (chunk) => {
      body += String(chunk);
    });
    message.on("end", () => {
      const request = { headers: message.headers, body };
      received.push(request);
      answer(reply, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/hook`, received };
}
