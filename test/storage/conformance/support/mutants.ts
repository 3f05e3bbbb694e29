import { expect, it } from "vitest";
import type {
  ConformanceCase,
  ConformanceError,
  MakeStore,
} from "../../../../src/storage/conformance/index.ts";

/** What breaks a store: methods to put in the place of its own. */
export type Mutant<Store> = (store: Store, now: () => number) => Partial<Store>;

/** By name of the case that has to find it out. */
export type Mutants<Store> = Readonly<Record<string, Mutant<Store>>>;

/** What a mutant fails with when it breaks a promise by failing. */
export class MutantRefusal extends Error {}

/** Expects each case to find its mutant out, and no mutant to be without a case. */
export function expectAllToFail<Store extends object>(
  cases: readonly ConformanceCase<Store>[],
  intact: MakeStore<Store>,
  mutants: Mutants<Store>,
): void {
  it("there is one for each case", () => {
    expect(Object.keys(mutants).toSorted()).toEqual(cases.map(({ name }) => name).toSorted());
  });

  it.each(cases)("$name", async ({ name, run }) => {
    const broken: MakeStore<Store> = async ({ now }) => {
      const store = await intact({ now });
      return { ...store, ...mutants[name]?.(store, now) };
    };

    const failure: ConformanceError = await run(broken).then(
      () => expect.unreachable("the case takes a broken store for an intact one"),
      (error) => error,
    );

    expect(failure.name).toBe("ConformanceError");
    expect(failure.promise).toBe(name);
    expect(failure.message).toContain(`breaks a promise: "${name}": `);
    if (failure.cause instanceof MutantRefusal) return;
    // Found out by what the store did, not by an error in the mutant.
    expect(failure.message).not.toContain("the store failed");
    expect(failure.message).toMatch(/: expected .*, found |: this is not so/s);
  });
}

export const withoutNul = (text: string): string => text.replaceAll("\u0000", "");

/** Lets everything go on that goes on at the same time. */
export const pause = (): Promise<void> => new Promise(setImmediate);
