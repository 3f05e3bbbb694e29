import { refuseMore } from "../shared/arguments.ts";
import type { Command, Input } from "../shared/command.ts";
import { storeOptions, withStore } from "../store/open-store.ts";

const options = storeOptions;

/** The tables of a store. */
export const command: Command = {
  usage: ["migrate --store <store> [--schema <name>]"],
  about: `Makes the tables of enode-sdk in an SQLite file or a PostgreSQL database, or brings them to the version of this
package. Any number of processes may do so at once; when there is nothing to do, nothing happens.`,
  options,
  examples: [
    "enode-sdk migrate --store enode.db",
    "enode-sdk migrate --store $DATABASE_URL --schema enode",
  ],
  notes: "PostgreSQL needs the package pg in your project.",
  async run({ values, positionals, terminal }: Input<typeof options>) {
    refuseMore(positionals, 0);
    await withStore(values, true, async ({ kind, migrate }) => {
      await migrate();
      terminal.print(
        `The tables in ${kind === "sqlite" ? "SQLite" : "PostgreSQL"} are up to date.`,
      );
    });
    return undefined;
  },
};
