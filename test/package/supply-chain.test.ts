import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFile(new URL(path, root), "utf8");

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

describe("the supply chain of the package", () => {
  it("brings only dependencies under permissive licences, which run nothing when they are installed", async () => {
    const { packages } = JSON.parse(await read("package-lock.json")) as {
      packages: Record<string, Locked>;
    };
    const shipped = Object.entries(packages).filter(
      ([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true,
    );
    const names = shipped.map(([path]) => path.replace("node_modules/", ""));
    expect(names).toEqual(["is-network-error", "ky", "p-retry", "zod"]);
    for (const [, { license, hasInstallScript = false }] of shipped) {
      expect(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"]).toContain(license);
      expect(hasInstallScript).toBe(false);
    }
  });

  it("runs nothing when it is installed itself", async () => {
    const { scripts } = JSON.parse(await read("package.json")) as { scripts: object };
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(scripts).not.toHaveProperty(name);
    }
  });

  it("pins every action of its workflows to a commit, and gives them no more than they need", async () => {
    const files = await readdir(new URL(".github/workflows/", root));
    expect(files).toContain("release.yml");
    for (const file of files) {
      const text = await read(`.github/workflows/${file}`);
      const actions = Array.from(text.matchAll(/uses: (\S+)/g), ([, action]) => action);
      expect(actions.length).toBeGreaterThan(0);
      for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      expect(text).toContain("\npermissions:\n  contents: read\n");
      expect(text).not.toContain("secrets.");
    }
  });

  it("publishes the file that was tested, and builds nothing in between", async () => {
    const text = await read(".github/workflows/release.yml");
    const publish = text.slice(text.indexOf("\n  publish:"));
    expect(publish).toContain("needs: test");
    expect(publish).not.toMatch(/npm (ci|install|run|pack)|checkout/);
    expect(publish).toContain("npm publish --ignore-scripts --provenance");
  });
});
