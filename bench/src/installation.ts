import { execFile } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

/** What enode-sdk brings along. */
export const dependencies = ["ky", "p-retry", "is-network-error"] as const;

/** A project with the packed package in it, as npm would install it. */
export class Installation {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), "enode-sdk-bench-"));
    const target = join(folder, "node_modules", "enode-sdk");
    await mkdir(target, { recursive: true });
    const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await run("npm", pack, { cwd: root });
    const tarball = join(folder, stdout.trim());
    await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
    await rm(tarball);
    for (const name of [...dependencies, "zod"]) {
      await symlink(join(modules, name), join(folder, "node_modules", name), "junction");
    }
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    return new Installation(folder);
  }

  /** Bytes of an installed package. */
  sizeOf(name: string): Promise<number> {
    return sizeOfFolder(
      join(name === "enode-sdk" ? join(this.folder, "node_modules") : modules, name),
    );
  }

  /** How long it takes a new process to import a package, in ms. */
  async importTime(name: string): Promise<number> {
    const code = `const from = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - from);`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: this.folder,
    });
    return Number(stdout);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

async function sizeOfFolder(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
