// Calls a sandbox with the undici beside it: by the transport, through a proxy, and by its fetch. Prints what came of it.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { Enode } from "enode-sdk";
import { startSandbox } from "enode-sdk/sandbox";
import { undiciTransport } from "enode-sdk/undici";
import { Agent, fetch } from "undici";

const sandbox = await startSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 1 } });
Object.assign(process.env, sandbox.env);
let tunnels = 0;
const proxy = createServer().on("connect", ({ url }, socket) => {
  tunnels++;
  const target = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.pipe(target).pipe(socket);
  });
  for (const each of [socket, target]) each.on("error", () => {});
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));

/** Reads and commands with one client. */
async function call(options) {
  const enode = Enode.fromEnv({ maxRetries: 0, ...options });
  const [vehicle] = await enode.vehicles.list().toArray({ limit: 10 });
  const { data, response } = await enode.vehicles.startCharging(vehicle.id).withResponse();
  if (data.kind !== "START" || !response.ok) throw new Error(`It got ${JSON.stringify(data)}`);
  await enode.close();
}

const common = createRequire(import.meta.url)("enode-sdk/undici");
const dispatcher = new Agent();
await call({ transport: undiciTransport() });
await call({ transport: common.undiciTransport({ connections: 1 }) });
await call({ transport: undiciTransport({ dispatcher }) });
await call({ transport: undiciTransport({ proxy: `http://127.0.0.1:${proxy.address().port}` }) });
if (tunnels === 0) throw new Error("Nothing went through the proxy");
await call({ fetch });
await call({ fetch: (request, init) => fetch(request.url, { ...init, dispatcher }) });
// A proxy that cuts every tunnel off: the call ends, and says that nothing was sent.
const broken = createServer().on("connect", (_request, socket) => socket.end());
await new Promise((resolve) => broken.listen(0, "127.0.0.1", resolve));
const cut = { proxy: `http://127.0.0.1:${broken.address().port}` };
const error = await call({ transport: undiciTransport(cut) }).catch((error) => error);
if (!error.message.includes("the proxy closed the connection")) throw error;
console.log("client, POST, proxy and fetch work");
for (const server of [proxy, broken]) server.closeAllConnections();
for (const server of [proxy, broken]) server.close();
await dispatcher.close();
await sandbox.close();
