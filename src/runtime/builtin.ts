/**
 * A module of Node's own, undefined where the runtime has none of that name. The runtime is asked when the module is
 * needed, since an import would take conditions or a private name of this package, which bundlers and test runners
 * read each in their own way.
 */
export function builtin<Module>(name: string): Module | undefined {
  // The edge runtime of Next has the function, which throws, but no versions.
  return globalThis.process?.versions && (process.getBuiltinModule?.(name) as Module | undefined);
}
