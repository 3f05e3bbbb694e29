import type { PagesContext } from "../shared/context.ts";
import type { Command } from "./shared/tab.ts";

/** The commands of the clock. */
export function clockCommands({ sandbox }: PagesContext): Readonly<Record<string, Command>> {
  return {
    advance(form) {
      const minutes = Number(form.get("minutes"));
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > 24 * 60) return undefined;
      sandbox.clock.advance(minutes * 60_000);
      const now = sandbox.clock.now().toISOString().slice(0, 16).replace("T", " ");
      return { message: `The clock was advanced: it is ${now} UTC.` };
    },
  };
}
