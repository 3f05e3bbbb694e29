// Run as a process of its own: it must end by itself as soon as its last call has.
import { Enode } from "../../../src/enode.ts";
import { isEnodeError } from "../../../src/errors/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";

const [baseUrl = "", tokenUrl = ""] = process.argv.slice(2);
const { tokenStore } = memoryStorage();
const enode = new Enode({
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
