/**
 * A builtin module of Node, undefined in runtimes without it. It is loaded from the runtime when needed: an import
 * would need conditions or a private name of this package, which bundlers and test runners resolve differently.
 */
export function builtin<Module>(name: string): Module | undefined {
  // The edge runtime of Next has the function, which throws, but no versions.
  return globalThis.process?.versions && (process.getBuiltinModule?.(name) as Module | undefined);
}
