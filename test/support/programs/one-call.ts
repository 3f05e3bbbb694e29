// Run as a process of its own: it must end by itself as soon as its last call has.
import { Enode } from "../../../src/enode.ts";
import { isEnodeError } from "../../../src/errors/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { undiciTransport } from "../../../src/undici/index.ts";

const [baseUrl = "", tokenUrl = ""] = process.argv.slice(2);
const { tokenStore } = memoryStorage();
const isOverUndici = process.env["ENODE_TEST_TRANSPORT"] === "undici";
const enode = new Enode({
  // With a connection that would stay open for longer than anybody waits.
  ...(isOverUndici && { transport: undiciTransport({ keepAliveTimeout: 600_000 }) }),
  clientId: "client-1",
  clientSecret: "secret-1",
  environment: "sandbox",
  baseUrl,
  tokenUrl,
  tokenStore,
  // Long enough that a timer left behind would be noticed.
  timeout: 600_000,
  deadline: 600_000,
});
const { signal } = new AbortController();

await enode.request("getUser", { path: { userId: "fine" } }, { signal });
try {
  await enode.request("getUser", { path: { userId: "missing" } }, { signal });
} catch (error) {
  process.stdout.write(isEnodeError(error) ? error.code : "unknown");
}
