import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** What `npm install enode-sdk` brings, and the types of Node that a TypeScript project has. */
const dependencies = ["ky", "p-retry", "is-network-error", "zod", "@types/node", "undici-types"];

/** An empty project in which the packed tarball is installed. */
export interface Project {
  readonly folder: string;
  /** The files of the tarball, without the `package/` in front. */
  readonly files: readonly string[];
  write(file: string, text: string): Promise<void>;
  /** Runs Node in the project; rejects with what it printed when it fails. */
  node(...args: string[]): Promise<string>;
  /** Compiles with the strictest settings, libraries included. Gives the compiler's complaints. */
  typeCheck(...files: string[]): Promise<string>;
  /** Compiles with these flags of the compiler. Gives its complaints. */
  compile(flags: string, ...files: string[]): Promise<string>;
  /** Has a package stand for a dependency: one under another name in this repository. */
  replace(dependency: string, by: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Builds and packs the package, and installs the tarball without a registry: its dependencies are
 * those of this repository. ENODE_TEST_TARBALL names one that is packed already, such as that of a release.
 */
export async function installTarball(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "enode-sdk-"));
  const tarball = process.env["ENODE_TEST_TARBALL"] ?? (await pack(folder));
  const modules = join(folder, "node_modules");
  const target = join(modules, "enode-sdk");
  await mkdir(join(modules, "@types"), { recursive: true });
  await mkdir(target);
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  for (const name of dependencies)
    await symlink(join(root, "node_modules", name), join(modules, name));
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  const files = await readdir(target, { recursive: true, withFileTypes: true });
  return {
    folder,
    files: files
      .filter((entry) => entry.isFile())
      .map((entry) => relative(target, join(entry.parentPath, entry.name))),
    write: (file, text) => writeFile(join(folder, file), text),
    node: (...args) => output(process.execPath, args, folder),
    typeCheck: (...names) =>
      compile(
        folder,
        "--exactOptionalPropertyTypes --module nodenext --target es2023 --types node",
        names,
      ),
    compile: (flags, ...names) => compile(folder, flags, names),
    replace: async (dependency, by) => {
      await rm(join(modules, dependency));
      await symlink(join(root, "node_modules", by), join(modules, dependency));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Builds and packs the package; returns the path of the tarball. */
async function pack(folder: string): Promise<string> {
  const command = ["pack", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", command, { cwd: root, maxBuffer: 1e8 });
  // The report stands behind what the build prints.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[$/m)));
  return join(folder, filename);
}

async function compile(folder: string, flags: string, files: string[]): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const args = ["--noEmit", "--strict", ...flags.split(" "), ...files];
  return output(process.execPath, [compiler, ...args], folder).catch(({ message }) => message);
}

async function output(command: string, args: string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(command, args, { cwd, timeout: 120_000, maxBuffer: 1e8 });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}`, { cause: error });
  }
}

/** The block of the README under "Use it": what a newcomer copies. */
export async function readmeExample(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, code = ""] = /## Use it\n[\s\S]*?```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  return code;
}
