import { sdkVersion } from "../../../generated/version.ts";
import type { Cell } from "./cell.ts";

/** What came of a cell. */
export interface Outcome {
  readonly cell: Cell;
  /** What was installed of the first of its versions. */
  readonly version: string;
  readonly result: "works" | "fails" | "not tried";
  /** More about what works, or why it does not. */
  readonly note: string;
  readonly seconds: number;
}

const REASON = /\w*Error(?: \[\w+\])?:|error TS\d+|Type error|ERROR:|: expected |code E[A-Z]+/;

/** The line of a failure that says most. */
function reasonOf(note: string): string {
  const lines = note.split("\n");
  return lines.find((line) => REASON.test(line)) ?? lines[0] ?? "";
}

const MARKS = { works: "ok  ", fails: "FAIL", "not tried": "–   " } as const;

const WORDS = { works: "yes", fails: "no", "not tried": "not tried" } as const;

/** A line for each outcome, for a terminal. */
export function toTable(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(({ cell, version, result, note, seconds }) => {
      const line = result === "fails" ? reasonOf(note).trim() : note;
      const label = `${cell.group}: ${cell.name} ${version}`.padEnd(56);
      return `${MARKS[result]} ${label} ${String(seconds).padStart(4)} s  ${line.slice(0, 120)}`;
    })
    .join("\n");
}

/** The page of the documentation. */
export function toMarkdown(outcomes: readonly Outcome[]): string {
  const groups = Map.groupBy(outcomes, ({ cell }) => cell.group);
  const sections = Array.from(groups, ([group, members]) => {
    const rows = members.map(({ cell, version, result, note }) => {
      const text = result === "fails" ? reasonOf(note).trim().slice(0, 160) : note;
      return `| ${cell.name} | ${version} | ${WORDS[result]} | ${escapeCell(text)} |`;
    });
    return [
      `## ${group}`,
      "",
      "| | version | works | |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  });
  return `---
title: Compatibility
---

<!-- Written by \`npm run test:matrix\`. Do not edit: the next run overwrites it. -->

# Compatibility

Where version ${sdkVersion} was tried: the packed package, installed in an empty project, and one program in it that gets a
token, lists devices page by page, starts a charge and waits for it, meets a 404, aborts a call, verifies a good and a
forged webhook, and keeps events in SQLite. \`npm run test:matrix\` tries all of it again and writes this page.

${sections.join("\n\n")}
`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
