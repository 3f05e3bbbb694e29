import { candidatesFor, type LoadCommand } from "../completion/candidates.ts";
import { scripts, shells } from "../completion/scripts.ts";
import { oneOf, refuseMore } from "../shared/arguments.ts";
import type { Command } from "../shared/command.ts";
import { UsageError } from "../shared/usage-error.ts";

const options = {
  line: { type: "string", value: "<text>", help: "prints the words that may end this line" },
} as const;

/** Completion of arguments in a shell, for all commands of the program. */
export function completion(names: readonly string[], load: LoadCommand): Command<typeof options> {
  return {
    usage: ["completion bash | zsh | fish"],
    about: `Prints what a shell runs to complete commands, options, operations and events. The shell has to find enode-sdk:
installed globally, or with node_modules/.bin in its PATH.`,
    options,
    examples: [
      'eval "$(enode-sdk completion bash)"',
      "enode-sdk completion zsh >> ~/.zshrc",
      "enode-sdk completion fish > ~/.config/fish/completions/enode-sdk.fish",
    ],
    complete: (before) => (before.length === 0 ? shells : []),
    async run({ values, positionals, terminal }) {
      if (values.line !== undefined) {
        refuseMore(positionals, 0);
        for (const word of await candidatesFor(values.line, names, load)) terminal.print(word);
        return undefined;
      }
      const [name] = positionals;
      if (name === undefined) throw new UsageError(`Of which shell? ${shells.join(", ")}`);
      refuseMore(positionals, 1);
      terminal.print(scripts[oneOf("shell", name, shells, `there are ${shells.join(", ")}`)]);
      return undefined;
    },
  };
}
