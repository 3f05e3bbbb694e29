import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An app that Link UI leads back to. */
export interface App {
  readonly url: string;
  close(): Promise<unknown>;
}

/** Starts an app that greets whoever comes back. */
export async function startApp(): Promise<App> {
  const server = createServer((_, reply) => {
    reply.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    reply.end(
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>App</title><h1>Welcome back</h1></html>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/linked`,
    close: () =>
      new Promise<unknown>((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
