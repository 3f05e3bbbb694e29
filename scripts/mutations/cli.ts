import type { Rule } from "./rule.ts";

const cli = "test/cli";

/** What keeps the command line from harm to files, and from showing what it must not. */
export const cliRules: readonly Rule[] = [
  {
    rule: "lines of other variables stay in an environment file",
    file: "src/cli/sandbox/env-file.ts",
    find: "if (value === undefined) return line;",
    replace: 'if (value === undefined) return "";',
    tests: [`${cli}/sandbox.test.ts`],
  },
  {
    rule: "an environment file is for its owner only",
    file: "src/cli/sandbox/env-file.ts",
    find: "0o600",
    replace: "0o644",
    tests: [`${cli}/sandbox.test.ts`],
  },
  {
    rule: "the secret of webhooks outlives a restart of the sandbox",
    file: "src/cli/sandbox/defaults.ts",
    find: "seed === undefined\n      ?",
    replace: "seed !== -1\n      ?",
    tests: [`${cli}/sandbox.test.ts`],
  },
  {
    rule: "a closed pipe does not end the command line with an error",
    file: "src/cli/shared/terminal.ts",
    find: 'if (error.code !== "EPIPE") throw error;',
    replace: "throw error;",
    tests: [`${cli}/main.test.ts`],
  },
  {
    rule: "a handler that hangs does not hold the command for ever",
    file: "src/cli/shared/http.ts",
    find: 'redirect: "manual", signal }',
    replace: 'redirect: "manual" }',
    tests: [`${cli}/trigger.test.ts`],
  },
  {
    rule: "what a handler answers does not control the terminal",
    file: "src/cli/commands/trigger.ts",
    find: "terminal.print(printable(body))",
    replace: "terminal.print(body)",
    tests: [`${cli}/trigger.test.ts`],
  },
  {
    rule: "a redirect of a handler is not followed",
    file: "src/cli/shared/http.ts",
    find: 'redirect: "manual"',
    replace: 'redirect: "follow"',
    tests: [`${cli}/trigger.test.ts`],
  },
  {
    rule: "a store that is looked into is not made, nor put into the file of another program",
    file: "src/cli/store/open-store.ts",
    find: "if (!mayCreate) await refuseOtherFile(path);",
    replace: "",
    tests: [`${cli}/events.test.ts`],
  },
  {
    rule: "deliveries that Enode may send again are not pruned",
    file: "src/cli/commands/events.ts",
    find: "if (time <= now - DAY) return time;",
    replace: "if (time <= now) return time;",
    tests: [`${cli}/events.test.ts`],
  },
  {
    rule: "a store's address is not shown, as it may hold a password",
    file: "src/cli/store/open-store.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the source.
    find: 'URL of ${store.split(":")[0]}:',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the source.
    replace: "URL of ${store}:",
    tests: [`${cli}/events.test.ts`],
  },
  {
    rule: "what a webhook's URL has besides its path is not shown",
    file: "src/cli/doctor/check-service.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the source.
    find: "webhook ${withoutQuery(url)}",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the source.
    replace: "webhook ${url}",
    tests: [`${cli}/doctor.test.ts`],
  },
  {
    rule: "Enode is asked nothing with variables that are wrong",
    file: "src/cli/commands/doctor.ts",
    find: 'if (environment.every(({ state }) => state !== "fail"))',
    replace: "",
    tests: [`${cli}/doctor.test.ts`],
  },
  {
    rule: "what listens on this machine is not subscribed at Enode",
    file: "src/cli/commands/listen.ts",
    find: "if (LOCAL_HOSTS.has(url.hostname)) return url;",
    replace: "return url;",
    tests: [`${cli}/listen.test.ts`],
  },
];
