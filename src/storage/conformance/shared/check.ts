import type { ConformanceCase, MakeStore } from "./case.ts";
import { isError } from "./expectation.ts";

/** What became of the cases of a list. */
export interface ConformanceReport {
  /** Names of the promises that are kept. */
  readonly kept: readonly string[];
  /** One error for each promise that is broken; its message says which one, and how. */
  readonly broken: readonly Error[];
}

/** Options of {@link checkStore}. */
export interface CheckOptions {
  /** Takes the report line by line, such as `console.log`. Nothing is printed without it. */
  print?: ((line: string) => void) | undefined;
}

/**
 * Runs all cases of a list, one after the other, whether they fail or not, and tells in words which
 * promises a store breaks. Rejects only when `print` throws.
 *
 * In a test, a test of its own for each case reads better: run the cases one by one then.
 *
 * @example
 * ```ts
 * import { memoryStorage } from "enode-sdk/storage";
 * import { checkStore, tokenStoreCases } from "enode-sdk/storage/conformance";
 *
 * const report = await checkStore(tokenStoreCases, ({ now }) => memoryStorage({ now }).tokenStore, {
 *   print: console.log,
 * });
 * process.exitCode = report.broken.length === 0 ? 0 : 1;
 * ```
 */
export async function checkStore<Store>(
  cases: readonly ConformanceCase<Store>[],
  makeStore: MakeStore<Store>,
  options: CheckOptions = {},
): Promise<ConformanceReport> {
  const { print } = options;
  const kept: string[] = [];
  const broken: Error[] = [];
  for (const { name, run } of cases) {
    try {
      await run(makeStore);
      kept.push(name);
      print?.(`kept: ${name}`);
    } catch (error) {
      const failure = isError(error) ? error : new Error(String(error));
      broken.push(failure);
      print?.(`BROKEN: ${failure.message}`);
    }
  }
  print?.(`${kept.length} of ${cases.length} promises are kept, ${broken.length} are broken`);
  return { kept, broken };
}
