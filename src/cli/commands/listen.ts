import { Enode } from "../../enode.ts";
import { createSandbox } from "../../sandbox/index.ts";
import { Forwarder } from "../listen/forwarder.ts";
import { SANDBOX_PORT, SANDBOX_SEED, webhookSecretOf } from "../sandbox/defaults.ts";
import { refuseMore, toUrl } from "../shared/arguments.ts";
import type { Command } from "../shared/command.ts";
import { UsageError } from "../shared/usage-error.ts";

const options = {
  "forward-to": { type: "string", value: "<url>", help: "the handler's URL", aliases: ["to"] },
  sandbox: {
    type: "string",
    value: "<url>",
    help: "the sandbox; by default ENODE_API_URL, or port 4010 of this machine",
  },
  secret: {
    type: "string",
    value: "<secret>",
    help: "signs the deliveries; by default ENODE_WEBHOOK_SECRET, or the sandbox's own",
  },
} as const;

const LOCAL_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The deliveries of a sandbox, seen and sent on. */
export const command: Command<typeof options> = {
  usage: ["listen --forward-to <url> [options]"],
  about: `Subscribes to all events of a sandbox that runs on this machine, prints each delivery and forwards it to a handler,
with its signature. r sends the last one once more, q or Ctrl-C ends the subscription.`,
  options,
  examples: [
    "enode-sdk listen --forward-to http://127.0.0.1:3000/webhooks/enode",
    "enode-sdk listen --forward-to http://127.0.0.1:3000/hook --sandbox http://127.0.0.1:4011",
  ],
  notes: `stdout: a line for each delivery, with the status of the handler's answer, which the sandbox gets too.
ENODE_CLIENT_ID and ENODE_CLIENT_SECRET are those of the sandbox by default. When stdin is no terminal, a line "r"
sends the last delivery once more.`,
  async run({ values, positionals, terminal }) {
    refuseMore(positionals, 0);
    const to = values["forward-to"];
    if (to === undefined) throw new UsageError("Where to? --forward-to must be the handler's URL");
    const url = toUrl("--forward-to", to);
    const enode = clientOf(sandboxUrl(values.sandbox));
    const secret =
      values.secret || process.env["ENODE_WEBHOOK_SECRET"] || webhookSecretOf(SANDBOX_SEED);
    const forwarder = new Forwarder(url, terminal);
    try {
      const webhook = await enode.webhooks.create({
        url: await forwarder.start(),
        secret,
        events: ["*"],
      });
      terminal.tell(`Forwarding to ${url}: r sends the last delivery once more, q ends.`);
      await untilEnd(() => void forwarder.resend());
      await enode.webhooks.delete(webhook.id).catch(() => {
        terminal.warn("The webhook could not be deleted: is the sandbox still there?");
      });
    } finally {
      forwarder.stop();
    }
    return undefined;
  },
};

function sandboxUrl(given: string | undefined): URL {
  const text = given ?? process.env["ENODE_API_URL"] ?? `http://127.0.0.1:${SANDBOX_PORT}`;
  const url = toUrl("--sandbox", text);
  if (LOCAL_HOSTS.has(url.hostname)) return url;
  throw new UsageError(
    `--sandbox must be on this machine, not on ${url.hostname}: others could not reach what listens here`,
  );
}

/** A client with the credentials of the environment, or with those that the sandbox has by default. */
function clientOf({ origin }: URL): Enode {
  const { clientId, clientSecret } = createSandbox({ seed: SANDBOX_SEED }).credentials;
  return new Enode({
    clientId: process.env["ENODE_CLIENT_ID"] || clientId,
    clientSecret: process.env["ENODE_CLIENT_SECRET"] || clientSecret,
    environment: "sandbox",
    baseUrl: origin,
    tokenUrl: `${origin}/oauth2/token`,
    maxRetries: 0,
  });
}

/** Resolves when the user ends the command; calls back for each r. */
function untilEnd(resend: () => void): Promise<void> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const end = () => {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.destroy();
      resolve();
    };
    process.once("SIGINT", end).once("SIGTERM", end);
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.setEncoding("utf8").on("data", (keys: string) => {
      for (const key of keys) {
        if (key === "r") resend();
        // In raw mode Ctrl-C is a key like any other.
        if (key === "q" || key === "\u0003") end();
      }
    });
  });
}
