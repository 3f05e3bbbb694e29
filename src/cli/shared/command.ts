import type { Terminal } from "./terminal.ts";

/** An option of a command. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** Names that people use for it instead: they are told this one. */
  readonly aliases?: readonly string[];
  /** What stands for its value in the help, such as `<number>`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O["type"] extends "boolean"
  ? boolean
  : O["multiple"] extends true
    ? string[]
    : string;

/** What a command gets: its arguments, and where it prints. */
export interface Input<O extends Options> {
  readonly values: { readonly [Name in keyof O]?: ValueOf<O[Name]> };
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
}

/** A command, with all that its help shows. */
export interface Command<O extends Options = Options> {
  /** The lines after "enode-sdk", such as `migrate --store <store>`. */
  readonly usage: readonly string[];
  /** Shown below the usage. */
  readonly about: string;
  readonly options: O;
  readonly examples: readonly string[];
  /** Shown at the end: what goes where, and what the exit code means. */
  readonly notes?: string;
  /**
   * The words that may come next, besides options: for the completion of shells.
   *
   * @param before The words so far.
   * @param option The option whose value comes next, such as `--path`, if one does.
   */
  complete?(before: readonly string[], option?: string): readonly string[];
  /** Returns the exit code; 0 by default. */
  run(input: Input<O>): Promise<number | undefined>;
}
