// Run as a process of its own: its background refresh waits for another process for good, and it must end all the same.
import { Enode } from "../../../src/enode.ts";

const [baseUrl = "", tokenUrl = ""] = process.argv.slice(2);
const enode = new Enode({
  clientId: "client-1",
  clientSecret: "secret-1",
  environment: "sandbox",
  baseUrl,
  tokenUrl,
  tokenStore: {
    // It still serves, and is to be replaced.
    get: async () => ({ token: "stored", expiresAt: Date.now() + 100_000 }),
    set: async () => true,
    delete: async () => undefined,
    lease: async () => undefined,
  },
});

for (let call = 0; call < 2; call++) {
  await enode.request("getUser", { path: { userId: "fine" } });
}
process.stdout.write("done");
