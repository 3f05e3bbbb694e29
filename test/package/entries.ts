import manifest from "../../package.json" with { type: "json" };

/** The entries of the package, by the names that hosts import them by, each with its source. */
export const entries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => [
      entry.replace(".", "enode-sdk"),
      entry === "." ? "src/index.ts" : `src/${entry.slice(2)}/index.ts`,
    ]),
);
