import { signWebhook } from "../../webhooks/verification/sign.ts";
import { isSecret } from "../../webhooks/verification/verify.ts";
import { refuseMore, toNumber, toPair, toUrl } from "../shared/arguments.ts";
import type { Command } from "../shared/command.ts";
import { type Answer, send } from "../shared/http.ts";
import { printable, type Terminal } from "../shared/terminal.ts";
import { UsageError } from "../shared/usage-error.ts";
import { sampleEvent, sampleNames } from "../trigger/sample-event.ts";

const options = {
  to: { type: "string", value: "<url>", help: "the handler's URL", aliases: ["url"] },
  secret: {
    type: "string",
    value: "<secret>",
    help: "signs the event; ENODE_WEBHOOK_SECRET by default",
  },
  user: {
    type: "string",
    value: "<id>",
    help: "the user that it is about, in place of that of the example",
  },
  set: {
    type: "string",
    multiple: true,
    value: "<path=value>",
    help: "a value of the event, as JSON or text; may be given more than once",
  },
  timeout: {
    type: "string",
    value: "<seconds>",
    help: "how long the handler may take; 5 by default, as Enode waits",
  },
  list: { type: "boolean", help: "shows the names of the events" },
} as const;

const USUAL_TIMEOUT = "5";

/** A signed event to a handler. */
export const command: Command<typeof options> = {
  usage: ["trigger <event> --to <url> [options]", "trigger --list"],
  about:
    "Sends a signed sample event to a webhook handler, as Enode would: the example of the API's description, now.",
  options,
  examples: [
    "enode-sdk trigger user:vehicle:updated --to http://127.0.0.1:3000/webhooks/enode",
    "enode-sdk trigger user:vehicle:updated --to http://127.0.0.1:3000/webhooks/enode \\\n      --user anna --set vehicle.chargeState.batteryLevel=20",
  ],
  notes: `stdout: status and body of the handler's answer. Exit code 1 when the status is not 2xx, or there is no answer.
An event that --set makes invalid is sent as it is; stderr says what the description does not allow.`,
  complete: (before, option) =>
    option !== undefined || sampleNames.some((name) => before.includes(name)) ? [] : sampleNames,
  async run({ values, positionals, terminal }) {
    if (values.list === true) {
      refuseMore(positionals, 0);
      for (const name of sampleNames) terminal.print(name);
      return undefined;
    }
    const [name] = positionals;
    if (name === undefined)
      throw new UsageError("Which event? enode-sdk trigger --list shows them all");
    refuseMore(positionals, 1);
    const { to, user, set = [], timeout = USUAL_TIMEOUT } = values;
    const changes = { user, values: set.map((text) => toPair("--set", text)) };
    const event = sampleEvent(name, changes, new Date(), (text) => terminal.warn(text));
    if (to === undefined) throw new UsageError("Where to? --to must be the handler's URL");
    const url = toUrl("--to", to);
    const seconds = toNumber("--timeout", timeout, "a number of seconds above 0", isTimeout);
    const secret = secretOf(values.secret);
    await reportIssues(event, terminal);
    const body = JSON.stringify([event]);
    const headers = {
      "content-type": "application/json",
      "x-enode-delivery": crypto.randomUUID(),
      "x-enode-signature": await signWebhook(body, secret),
    };
    return report(await send(url, { method: "POST", headers, body }, seconds * 1000), terminal);
  },
};

function isTimeout(seconds: number): boolean {
  return seconds > 0 && seconds <= 3600;
}

function secretOf(given: string | undefined): string {
  const secret = given ?? process.env["ENODE_WEBHOOK_SECRET"];
  if (secret === undefined) {
    throw new UsageError("Give the handler's secret by --secret or ENODE_WEBHOOK_SECRET");
  }
  if (isSecret(secret)) return secret;
  throw new UsageError("The secret must not be empty, and have no white space around it");
}

/** Says where an event departs from the description. */
async function reportIssues(event: Record<string, unknown>, terminal: Terminal): Promise<void> {
  // Loaded here: with the schemas, which nothing else of this command needs.
  const { checkEvents } = await import("../../webhooks/verification/event-validation.lazy.ts");
  for (const { path, message } of checkEvents([event], "report", [event])) {
    terminal.warn(
      `The event is invalid at ${path.replace(/^0\./, "")}: ${message}. It is sent as it is.`,
    );
  }
}

function report({ status, statusText, body }: Answer, terminal: Terminal): number {
  const isTaken = status >= 200 && status < 300;
  terminal.print(
    terminal.styled(isTaken ? "green" : "red", printable(`${status} ${statusText}`.trim())),
  );
  if (body !== "") terminal.print(printable(body));
  if (status === 401 || status === 403) {
    terminal.warn("Is the secret of the handler the one that signed the event?");
  }
  if (status >= 300 && status < 400)
    terminal.warn("Redirects are not followed, as Enode does not.");
  return isTaken ? 0 : 1;
}
