// Run as a process of its own: makes a client and calls, where undici is missing, too old or broken. Prints how it ends.
import { registerHooks } from "node:module";
import { isEnodeError } from "../../../src/errors/index.ts";

const [condition = ""] = process.argv.slice(2);
const modules: Readonly<Record<string, string>> = {
  old: "export class Agent {}; export class ProxyAgent {}; export class Pool {};",
  broken: "throw new TypeError('webidl.util.markAsUncloneable is not a function');",
};
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== "undici") return nextResolve(specifier, context);
    const code = modules[condition];
    if (code === undefined) return nextResolve("a-package-that-is-missing", context);
    return { url: `data:text/javascript,${encodeURIComponent(code)}`, shortCircuit: true };
  },
});

// Loaded when the hooks are there.
const { Enode } = await import("../../../src/enode.ts");
const { undiciTransport } = await import("../../../src/undici/index.ts");
let retries = 0;
const enode = new Enode({
  environment: "sandbox",
  tokenProvider: async () => ({ token: "token-1", expiresAt: 8.64e15 }),
  transport: undiciTransport(),
  hooks: { onRetry: () => retries++ },
});
try {
  await enode.users.get("u-1");
} catch (error) {
  if (!isEnodeError(error)) throw error;
  const { name, code, message } = error;
  process.stdout.write(JSON.stringify({ name, code, message, retries }));
}
await enode.close();
