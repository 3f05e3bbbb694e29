import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { makePages, tokenJson, vehicleJson } from "./vehicle.ts";

/**
 * The loopback API, in a process of its own, so that its work is not counted as the client's. All
 * answers are made beforehand. Any path but those of lists and tokens is the vehicle: each contestant
 * asks for it by a path of its own API.
 */
const pages = makePages(Number(process.argv[2] ?? 1)).map((page) => Buffer.from(page));
const token = Buffer.from(tokenJson);
const vehicle = Buffer.from(vehicleJson);

function answerTo(method: string | undefined, url = ""): Buffer | undefined {
  if (method === "POST") return token;
  if (!url.startsWith("/vehicles?")) return vehicle;
  return pages[Number(new URLSearchParams(url.slice(url.indexOf("?"))).get("after") ?? 0)];
}

const server = createServer((request, response) => {
  request.resume();
  const body = answerTo(request.method, request.url);
  response.writeHead(body ? 200 : 404, {
    "content-type": "application/json",
    "content-length": body?.byteLength ?? 0,
    "x-request-id": "4b1c3f0e-8d0a-4f6c-9a53-0c7a5e3b9d21",
  });
  response.end(body);
});
// Longer than the pauses of a contestant while the others have their turns.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ reply: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on("disconnect", () => process.exit());
