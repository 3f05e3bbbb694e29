import { readState, writeState } from "../app/state/read-state.ts";
import { type SandboxState, StateError } from "../app/state/state.ts";
import { loadNodeFiles, type NodeFiles } from "./node-files.ts";

/** Only the owner reads the file: it holds the secrets of webhooks. */
const MODE = 0o600;

/**
 * The file that a sandbox begins with and leaves behind. It is replaced as a whole, so that a crash leaves the old one
 * or the new one. What another program has put there meanwhile stays.
 */
export class StateFile {
  readonly #node: NodeFiles;
  /** The path in messages, as it was given. */
  readonly #name: string;
  readonly #path: string;
  readonly #notice: (text: string) => void;
  /** Identifies what was read or written last; undefined when there was no file. */
  #stamp: string | undefined;
  /** Of what was written last, but for the time. */
  #hash: string | undefined;
  /** How many files were written, so that each has a name of its own. */
  #count = 0;
  #isOthers = false;
  /** Saves wait for each other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(
    node: NodeFiles,
    name: string,
    path: string,
    stamp: string | undefined,
    notice: (text: string) => void,
  ) {
    this.#node = node;
    this.#name = name;
    this.#path = path;
    this.#stamp = stamp;
    this.#notice = notice;
  }

  /**
   * Reads the state in a file, which need not exist.
   *
   * @throws Error that names the file and says what to do, when it cannot be read or holds no state of this version.
   */
  static async load(
    name: string,
    notice: (text: string) => void,
  ): Promise<{ readonly file: StateFile; readonly state: SandboxState | undefined }> {
    const node = await loadNodeFiles();
    try {
      // Replacing a link would leave the file that it leads to as it was.
      const path = await node.realpath(name);
      const stamp = await stampOf(node, path);
      const state = readState(await node.readFile(path, "utf8"));
      return { file: new StateFile(node, name, path, stamp, notice), state };
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw unreadable(name, error);
      return { file: new StateFile(node, name, name, undefined, notice), state: undefined };
    }
  }

  /** The error of a state whose parts do not belong together, in words about the file; any other as it is. */
  explain(error: unknown): unknown {
    return error instanceof StateError ? unreadable(this.#name, error) : error;
  }

  /**
   * Writes a state.
   *
   * @throws Error that names the file, when it cannot be written.
   */
  save(state: SandboxState): Promise<void> {
    return this.#save(writeState(state));
  }

  /** Writes a state, unless nothing but the time has changed. */
  async saveChanges(state: SandboxState): Promise<void> {
    const pieces = [...writeState(state)];
    const hash = this.#node.createHash("sha256");
    for (const piece of pieces.slice(1)) hash.update(piece);
    if (hash.digest("base64") !== this.#hash) await this.#save(pieces);
  }

  async #save(pieces: Iterable<string>): Promise<void> {
    this.#count += 1;
    const temporary = `${this.#path}.${process.pid}-${this.#count}.tmp`;
    try {
      // At once: the sandbox goes on afterwards and changes what the state holds.
      this.#hash = writeNow(this.#node, temporary, pieces);
      const replaced = this.#last.then(() => this.#replace(temporary));
      this.#last = replaced.catch(() => {});
      await replaced;
    } catch (error) {
      this.#hash = undefined;
      await this.#node.rm(temporary, { force: true }).catch(() => {});
      throw new Error(`The state file ${this.#name} cannot be written: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  async #replace(temporary: string): Promise<void> {
    await flush(this.#node, temporary);
    const stamp = await stampOf(this.#node, this.#path);
    if (stamp !== undefined && stamp !== this.#stamp) {
      await this.#node.rename(temporary, `${this.#path}.other`);
      if (!this.#isOthers) {
        this.#notice(
          `Another program has written the state file ${this.#name}; this sandbox is saved in ${this.#name}.other instead.`,
        );
      }
      this.#isOthers = true;
      return;
    }
    await this.#node.rename(temporary, this.#path);
    this.#stamp = await stampOf(this.#node, this.#path);
  }
}

/** Moves a state file out of the way, if there is one; the one that was moved before is replaced. */
export async function resetState(name: string): Promise<void> {
  const { rename, stat } = await loadNodeFiles();
  try {
    // Whoever has named a directory by mistake wants it to stay where it is.
    if ((await stat(name)).isDirectory()) return;
    await rename(name, `${name}.bak`);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw new Error(`The state file ${name} cannot be moved to ${name}.bak: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function stampOf({ stat }: NodeFiles, path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file in pieces; returns the hash of all but the first, which holds the time. */
function writeNow(node: NodeFiles, path: string, pieces: Iterable<string>): string {
  const { createHash, closeSync, openSync, writeFileSync } = node;
  const hash = createHash("sha256");
  const descriptor = openSync(path, "w", MODE);
  try {
    let isFirst = true;
    for (const piece of pieces) {
      writeFileSync(descriptor, piece);
      if (!isFirst) hash.update(piece);
      isFirst = false;
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("base64");
}

/** Waits until a file is on the disk: after a crash the new name must not lead to half a file. */
async function flush({ open }: NodeFiles, path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(name: string, error: unknown): Error {
  const what = error instanceof StateError ? error.message : `cannot be read: ${reasonOf(error)}`;
  return new Error(
    `The state file ${name} ${what}. Give another file, or begin again with enode-sdk sandbox --state ${name} --reset, which keeps this one as ${name}.bak.`,
    { cause: error },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "the permission is missing",
  EISDIR: "it is a directory",
  ENOENT: "its directory does not exist",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the disk is read-only",
};

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS[codeOf(error) ?? ""] ?? message;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
