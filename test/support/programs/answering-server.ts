// Run as a process of its own, in a network namespace of its own: answers each request, and writes its method.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  process.stdout.write(`${request.method}\n`);
  request.resume();
  response.writeHead(200, { "content-type": "application/json" });
  response.end('{"id":"ok"}');
});
server.listen(8080, process.argv[2], () => process.stdout.write("ready\n"));
