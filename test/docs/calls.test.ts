import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { codeNotes } from "../../scripts/site/pages/error-codes.ts";
import { root } from "./support/compile-examples.ts";

/** The codes in the first cells of a guide's tables. */
function codesOf(guide: string): string[] {
  const text = readFileSync(`${root}docs/guides/${guide}.md`, "utf8");
  const cells = [...text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code));
}

it("the guides explain every code of an error, and none that there is not", () => {
  const calls = codesOf("calls");
  const explained = new Set([...calls, ...codesOf("webhooks")]);
  expect(Object.keys(codeNotes).filter((code) => !explained.has(code))).toEqual([]);
  const known = new Set(Object.keys(codeNotes));
  // Beside codes there are names of classes and options in tables.
  expect(calls.filter((code) => code.includes("_") && !known.has(code))).toEqual([]);
});
