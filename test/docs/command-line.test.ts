import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { command as doctor } from "../../src/cli/commands/doctor.ts";
import { command as events } from "../../src/cli/commands/events.ts";
import { command as listen } from "../../src/cli/commands/listen.ts";
import { command as migrate } from "../../src/cli/commands/migrate.ts";
import { command as request } from "../../src/cli/commands/request.ts";
import { command as sandbox } from "../../src/cli/commands/sandbox.ts";
import { command as trigger } from "../../src/cli/commands/trigger.ts";
import { readArguments } from "../../src/cli/shared/arguments.ts";
import type { Command } from "../../src/cli/shared/command.ts";

const commands = { doctor, events, listen, migrate, request, sandbox, trigger } as Record<
  string,
  Command
>;

async function textOf(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), "utf8");
}

const guide = await textOf("docs/guides/command-line.md");
const guides = [guide, await textOf("docs/guides/sandbox.md"), await textOf("README.md")];

/** The arguments of the program in a line of a shell, up to what follows the command. */
function argumentsIn(line: string): string[] {
  const [, text = ""] = /enode-sdk (.+)/.exec(line.split(/ [|>&#]| 2>/)[0] ?? "") ?? [];
  return text.match(/'[^']*'|\S+/g) ?? [];
}

const documented = guides.flatMap((text) => text.match(/^(?:\$ )?npx enode-sdk \w.+$/gm) ?? []);
const examples = Object.values(commands).flatMap(({ examples }) =>
  examples.map((example) => example.replaceAll(/\\\n\s+/g, "")),
);

describe("the guide of the command line", () => {
  it.each([...documented, ...examples])("has a line that is accepted: %s", (line) => {
    const [name = "", ...args] = argumentsIn(line);
    expect(Object.keys(commands)).toContain(name);
    expect(() => readArguments(commands[name] as Command, args)).not.toThrow();
  });

  it.each(Object.entries(commands))(
    "has a section about %s with its options",
    (name, { options }) => {
      const section = guide.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? "";
      expect(section).toContain(`npx enode-sdk ${name} `);
      const shared = ["schema", "namespace"];
      for (const option of Object.keys(options)) {
        expect(shared.includes(option) ? guide : section).toContain(`--${option}`);
      }
    },
  );
});
