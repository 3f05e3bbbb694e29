import type { Built } from "../app/sandbox.ts";
import type { SandboxState } from "../app/state/state.ts";
import { StateFile } from "./state-file.ts";

/** How often the state is written, in milliseconds of the wall clock. */
const INTERVAL = 60_000;
/** With more devices it is written at the end only: nobody should wait for that once a minute. */
const MOST_DEVICES = 10_000;

/** The state to begin with, and what keeps the next one. They are apart: nobody needs the first for long. */
export interface LoadedState {
  readonly kept: KeptState;
  readonly state: SandboxState | undefined;
}

/** Keeps the state of a sandbox in a file while it is served. */
export class KeptState {
  readonly #file: StateFile;
  readonly #notice: (text: string) => void;
  #built: Pick<Built, "snapshot" | "world"> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #hasFailed = false;
  #end: Promise<void> | undefined;

  private constructor(file: StateFile, notice: (text: string) => void) {
    this.#file = file;
    this.#notice = notice;
  }

  /**
   * Reads what the file holds, if there is one.
   *
   * @throws Error when it cannot be read.
   */
  static async load(path: string, notice: (text: string) => void): Promise<LoadedState> {
    const { file, state } = await StateFile.load(path, notice);
    return { kept: new KeptState(file, notice), state };
  }

  /** The error of a state that does not fit, in words about the file; any other as it is. */
  explain(error: unknown): unknown {
    return this.#file.explain(error);
  }

  /**
   * Writes the state for the first time: nobody should work for hours before it turns out that the file cannot be
   * written, and after a crash no ID comes a second time.
   *
   * @throws Error when the file cannot be written.
   */
  async begin(built: Pick<Built, "snapshot" | "world">): Promise<void> {
    this.#built = built;
    await this.#file.save(built.snapshot());
    this.#timer = setInterval(() => void this.#saveChanges(built), INTERVAL);
    this.#timer.unref();
  }

  /** Writes the state as it is now, for the last time. Call it while the sandbox still runs. */
  end(): Promise<void> {
    clearInterval(this.#timer);
    this.#end ??=
      this.#built === undefined ? Promise.resolve() : this.#file.save(this.#built.snapshot());
    return this.#end;
  }

  async #saveChanges({ snapshot, world }: Pick<Built, "snapshot" | "world">): Promise<void> {
    if (world.devices.size > MOST_DEVICES) return;
    try {
      await this.#file.saveChanges(snapshot());
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) this.#notice(error instanceof Error ? error.message : String(error));
      this.#hasFailed = true;
    }
  }
}
