// Run as a process of its own: it makes some calls at once, each with a deadline, and reports how they ended.
import { Enode } from "../../../src/enode.ts";
import { isEnodeError } from "../../../src/errors/index.ts";

const [baseUrl = "", tokenUrl = "", calls = "", deadline = "", timeout = ""] =
  process.argv.slice(2);
const enode = new Enode({
  clientId: "client-1",
  clientSecret: "secret-1",
  environment: "sandbox",
  baseUrl,
  tokenUrl,
  timeout: Number(timeout),
  deadline: Number(deadline),
});

const ends = Array.from({ length: Number(calls) }, async () => {
  try {
    await enode.request("getUser", { path: { userId: "fine" } });
    return "ok";
  } catch (error) {
    return isEnodeError(error) ? error.code : String(error);
  }
});
process.stdout.write((await Promise.all(ends)).join());
