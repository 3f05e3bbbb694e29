const target = `${process.platform}-${process.arch}`;

/** The npm package that holds the binary of Node for this machine. */
export const nodePackage: string = `node-${target}`;
/** The npm package that holds the binary of Bun for this machine. */
export const bunPackage: string = `@oven/bun-${target}`;
/** The npm package that holds the binary of Deno for this machine. */
export const denoPackage: string = `@deno/${target}${process.platform === "linux" ? "-glibc" : ""}`;
