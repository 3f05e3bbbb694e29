/** What a state file needs of Node. */
export type NodeFiles = Pick<typeof import("node:crypto"), "createHash"> &
  Pick<typeof import("node:fs"), "closeSync" | "openSync" | "writeFileSync"> &
  Pick<
    typeof import("node:fs/promises"),
    "open" | "readFile" | "realpath" | "rename" | "rm" | "stat"
  >;

/** Loads it when there is a state to keep: a bundle of the sandbox must also start where these modules are not there. */
export async function loadNodeFiles(): Promise<NodeFiles> {
  const [{ createHash }, { closeSync, openSync, writeFileSync }, files] = await Promise.all([
    import("node:crypto"),
    import("node:fs"),
    import("node:fs/promises"),
  ]);
  const { open, readFile, realpath, rename, rm, stat } = files;
  return {
    createHash,
    closeSync,
    openSync,
    writeFileSync,
    open,
    readFile,
    realpath,
    rename,
    rm,
    stat,
  };
}
