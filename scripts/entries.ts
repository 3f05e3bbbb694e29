import manifest from "../package.json" with { type: "json" };

/** One entry of the package. */
export interface Entry {
  /** What hosts import it by: `enode-sdk/storage/sqlite`. */
  readonly name: string;
  /** Name of its files in dist, without the end: `storage/sqlite`. */
  readonly file: string;
  /** Where its source is: `src/storage/sqlite/index.ts`. */
  readonly source: string;
}

/** All entries, from `exports` in package.json. */
export const entries: readonly Entry[] = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => {
    const folder = path.slice(2);
    return {
      name: path.replace(".", "enode-sdk"),
      file: folder || "index",
      source: folder ? `src/${folder}/index.ts` : "src/index.ts",
    };
  });
