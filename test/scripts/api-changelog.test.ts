import { describe, expect, it } from "vitest";
import { objectionTo, recordOf } from "../../scripts/api/changelog.ts";

const changelog = (unreleased: string) =>
  `# Changelog\n\n## [Unreleased]\n${unreleased}\n## [0.1.0]\n\n- The first.\n`;
const reports = (text: string) => new Map([["enode-sdk.md", text]]);
const before = recordOf(reports("one"), changelog("\n- A fix.\n"));

/** The objection to a report of now, after the one from before. */
function objection(report: string, unreleased: string) {
  const text = changelog(unreleased);
  return objectionTo(text, recordOf(reports(report), text), before);
}

describe("a changed report of the public API", () => {
  it("is refused while the section Unreleased of the changelog is as it was", () => {
    expect(objection("two", "\n- A fix.\n")).toContain("CHANGELOG.md");
    expect(objection("two", "\n\n- A   fix.\n\n")).toContain("CHANGELOG.md");
  });

  it("is refused while that section is empty, as it is after a release", () => {
    expect(objection("two", "\n")).toContain("CHANGELOG.md");
  });

  it("is taken once that section has changed too", () => {
    expect(objection("two", "\n- A fix.\n- An option.\n")).toBeUndefined();
  });
});

describe("an unchanged report", () => {
  it.each(["\n- A fix.\n", "\n- Another fix.\n", "\n"])("is taken with %j", (unreleased) => {
    expect(objection("one", unreleased)).toBeUndefined();
  });
});

it("the first report needs no line in the changelog", () => {
  expect(objectionTo(changelog(""), before, undefined)).toBeUndefined();
});

it("other sections of the changelog make no difference", () => {
  const later = `${changelog("\n- A fix.\n")}- More.\n`;
  expect(recordOf(reports("one"), later)).toEqual(before);
});

it("the last section of a changelog may be that one", () => {
  const only = "## [Unreleased]\n\n- A fix.\n";
  expect(recordOf(reports("one"), only)).toEqual(before);
});
