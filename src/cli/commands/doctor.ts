import { sdkVersion } from "../../../generated/version.ts";
import { Enode } from "../../enode.ts";
import { checkRuntime } from "../../runtime/user-agent.ts";
import { checkEnvironment } from "../doctor/check-environment.ts";
import { checkService } from "../doctor/check-service.ts";
import { checkStore } from "../doctor/check-store.ts";
import { type Finding, fail, ok } from "../doctor/finding.ts";
import { refuseMore } from "../shared/arguments.ts";
import type { Command, Input } from "../shared/command.ts";
import { printable, type Terminal } from "../shared/terminal.ts";
import { UsageError } from "../shared/usage-error.ts";
import { namespaceOption, storeOptions } from "../store/open-store.ts";

const options = {
  store: storeOptions.store,
  schema: storeOptions.schema,
  namespace: namespaceOption.namespace,
  json: { type: "boolean", help: "lines of JSON" },
} as const;

/** What keeps a program from working. */
export const command: Command = {
  usage: ["doctor [options]"],
  about: `Looks for what keeps a program from working: runtime, environment variables, credentials, the clock, webhooks and
the store of their events. Each line says what to do. It changes nothing.`,
  options,
  examples: [
    "node --env-file=.env node_modules/.bin/enode-sdk doctor --store enode.db",
    "enode-sdk doctor --json | jq 'select(.state != \"ok\")'",
  ],
  notes:
    "stdout: a line for each finding, which shows no secret. Exit code 1 when one of them is a failure.",
  async run({ values, positionals, terminal }: Input<typeof options>) {
    refuseMore(positionals, 0);
    const { store } = values;
    if (store === undefined && (values.schema ?? values.namespace) !== undefined) {
      throw new UsageError("--schema and --namespace need --store");
    }
    let hasFailed = false;
    const show = (finding: Finding) => {
      hasFailed ||= finding.state === "fail";
      terminal.print(values.json === true ? JSON.stringify(finding) : lineOf(finding, terminal));
    };
    show(ofRuntime());
    const environment = checkEnvironment(process.env);
    for (const finding of environment) show(finding);
    if (environment.every(({ state }) => state !== "fail")) {
      for await (const finding of checkService(() => Enode.fromEnv({ maxRetries: 0 })))
        show(finding);
    }
    if (store !== undefined) for (const finding of await checkStore(values)) show(finding);
    return hasFailed ? 1 : 0;
  },
};

function ofRuntime(): Finding {
  const text = `enode-sdk ${sdkVersion} on ${process.release.name} ${process.version}`;
  try {
    checkRuntime();
    return ok("runtime", text);
  } catch {
    return fail("runtime", text, "use Node 22.13 or newer");
  }
}

const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const;

function lineOf({ state, check, text, todo }: Finding, terminal: Terminal): string {
  const mark = terminal.styled(STYLES[state], state.padEnd(4));
  const advice = todo === undefined ? "" : `; ${todo}`;
  return `${mark} ${printable(`${check}: ${text}${advice}`)}`;
}
