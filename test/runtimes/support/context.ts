import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const programs = new URL("../programs/", import.meta.url);
const examples = new URL("../../../examples/", import.meta.url);
/** What running an example in its place leaves there. */
const LEFTOVERS = /[/\\](?:node_modules|\.next|dist|\.env|enode\.db[^/\\]*)$/;

/** How a program is run. */
export interface ExecOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Folder inside that of the cell. */
  readonly cwd?: string;
}

/** A program that goes on. */
export interface Background {
  /** All that it has printed. */
  output(): string;
  isOver(): boolean;
  /** Resolves when its output fits; rejects when it ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it at once, or as a signal makes it end. */
  stop(signal?: "SIGTERM"): Promise<void>;
}

/** The folder of a cell, and what can be done in it. */
export class CellContext {
  readonly folder: string;
  /** The packed package. */
  readonly tarball: string;
  readonly #signal: AbortSignal;
  readonly #children = new Set<ChildProcess>();

  constructor(folder: string, tarball: string, signal: AbortSignal) {
    this.folder = folder;
    this.tarball = tarball;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Writes files, by their paths in the folder; an object is written as JSON. */
  async write(files: Readonly<Record<string, string | object>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(
        path,
        typeof content === "string" ? content : JSON.stringify(content, null, 2),
      );
    }
  }

  /** The text of a file of `test/runtimes/programs`. */
  program(name: string): Promise<string> {
    return readFile(fileURLToPath(new URL(name, programs)), "utf8");
  }

  /** Copies a project of `examples/` into the folder `example`, where it finds what is installed beside it. */
  copyExample(name: string): Promise<void> {
    const filter = (path: string) => !LEFTOVERS.test(path);
    const source = fileURLToPath(new URL(name, examples));
    return cp(source, this.path("example"), { recursive: true, filter });
  }

  /** Writes the probe as an ES module and as CommonJS: `probe.mjs` and `probe.cjs`. */
  async writeProbe(): Promise<void> {
    const body = await this.program("probe.js");
    const load = (name: string) => `require(${JSON.stringify(name)})`;
    const common = body
      .replaceAll(
        /^import \{([^}]*)\} from "([^"]+)";$/gm,
        (_, names: string, from: string) =>
          `const {${names.replaceAll(" as ", ": ")}} = ${load(from)};`,
      )
      .replaceAll(/await import\(("[^"]+")\)/g, "require($1)")
      .replaceAll(/^export (async )?function (\w+)/gm, "exports.$2 = $2;\n$1function $2");
    await this.write({
      "probe.mjs": body,
      "probe.cjs": common.replaceAll("undefinedfunction", "function"),
      "main.mjs": 'import { probe } from "./probe.mjs";\nconsole.log(await probe());\n',
      "main.cjs":
        'require("./probe.cjs").probe().then(console.log, (error) => { console.error(error); process.exitCode = 1; });\n',
    });
  }

  /** Makes an npm project and installs the package and others in it; gives the version of each other one. */
  async install(
    packages: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<string[]> {
    await this.write({ "package.json": { name: "cell", private: true } });
    const options = "--no-audit --no-fund --prefer-offline --ignore-scripts --loglevel=error".split(
      " ",
    );
    await this.exec("npm", ["install", ...options, ...flags, this.tarball, ...packages]);
    return Promise.all(packages.map((each) => this.versionOf(nameOf(each))));
  }

  async versionOf(name: string): Promise<string> {
    const text = await readFile(join(this.folder, "node_modules", name, "package.json"), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Runs a program; gives what it printed, and rejects with that when it fails. */
  exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = this.#spawn(command, args, options);
      let output = "";
      const add = (chunk: unknown) => {
        output += String(chunk);
      };
      child.stdout?.on("data", add);
      child.stderr?.on("data", add);
      child.once("error", reject);
      child.once("close", (code, signal) => {
        this.#children.delete(child);
        if (code === 0) resolve(output);
        else reject(new Error(`${command} ended with ${code ?? signal}:\n${output}`));
      });
    });
  }

  /** Runs the Node that runs this. */
  node(args: readonly string[], options?: ExecOptions): Promise<string> {
    return this.exec(process.execPath, args, options);
  }

  /** Runs a program of `node_modules/.bin`. */
  bin(name: string, args: readonly string[], options?: ExecOptions): Promise<string> {
    return this.exec(this.path("node_modules/.bin", name), args, options);
  }

  /** Starts a program that goes on. */
  start(command: string, args: readonly string[], options: ExecOptions = {}): Background {
    const child = this.#spawn(command, args, options);
    let output = "";
    let look = () => {};
    const add = (chunk: unknown) => {
      output += String(chunk);
      look();
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    let isOver = false;
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => add(error));
      child.once("close", () => {
        isOver = true;
        this.#children.delete(child);
        resolve();
      });
    });
    return {
      output: () => output,
      isOver: () => isOver,
      prints: (pattern) =>
        new Promise((resolve, reject) => {
          look = () => {
            const found = pattern.exec(output);
            if (found !== null) resolve(found);
          };
          look();
          void ended.then(() => reject(new Error(`${command} ended:\n${output}`)));
        }),
      stop(signal) {
        end(child, signal);
        return ended;
      },
    };
  }

  /** Ends what still runs. */
  close(): void {
    for (const child of this.#children) end(child);
  }

  #spawn(command: string, args: readonly string[], { env, cwd = "." }: ExecOptions): ChildProcess {
    this.#signal.throwIfAborted();
    const child = spawn(command, args, {
      cwd: join(this.folder, cwd),
      env: { ...cleanEnv(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    this.#children.add(child);
    return child;
  }
}

function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The environment without what npm and test runners put into it. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|FORCE_COLOR|NODE_OPTIONS|NODE_ENV|ENODE_|JEST)/i.test(name),
  );
  return { ...Object.fromEntries(kept), CI: "1", NO_COLOR: "1" };
}

/** `@scope/name@1.2` without its version; `npm:` aliases count by the name that they are installed under. */
export function nameOf(specifier: string): string {
  const at = specifier.indexOf("@", 1);
  return at === -1 ? specifier : specifier.slice(0, at);
}
