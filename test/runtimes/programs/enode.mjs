// A sandbox for programs of other processes: prints where it is as JSON. POST /revoke on the second address makes all
// tokens worthless, GET /issued says how many there were.
import { createServer } from "node:http";
import { startSandbox } from "enode-sdk/sandbox";

const sandbox = await startSandbox({
  seed: 1,
  actionDelay: 20,
  fleet: { users: 3, vehiclesPerUser: 1 },
});
const control = createServer((request, reply) => {
  if (request.method === "POST") sandbox.tokens.revokeAll();
  reply.end(String(sandbox.tokens.issued));
});
await new Promise((resolve) => control.listen(0, "127.0.0.1", resolve));
console.log(
  JSON.stringify({ env: sandbox.env, control: `http://127.0.0.1:${control.address().port}` }),
);
