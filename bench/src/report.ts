/** A number to hold. */
export interface Goal {
  what: string;
  limit: string;
  measured: string;
  met: boolean;
}

export interface Table {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What one part of the benchmark found. */
export interface Section {
  title: string;
  /** How it was measured. */
  about: string;
  tables: readonly Table[];
  goals: readonly Goal[];
  /** Answers that were not what they should be. */
  wrong: number;
}

/** The whole report in Markdown that is readable as it is. */
export function render(sections: readonly Section[], environment: readonly string[]): string {
  const goals: Table = {
    caption: "",
    head: ["Goal", "At most / at least", "Measured", ""],
    rows: sections.flatMap((section) =>
      section.goals.map(({ what, limit, measured, met }) => [
        what,
        limit,
        measured,
        met ? "PASS" : "MISS",
      ]),
    ),
  };
  return [
    "# Performance",
    "Written by `npm run bench` (see the end); do not edit. Times differ from machine to machine; the ratios, taken in one run, are what counts. Each value is a median with its extremes, `median (min–max)`.",
    environment.map((line) => `- ${line}`).join("\n"),
    "## Goals",
    renderTable(goals),
    ...sections.flatMap(({ title, about, tables }) => [
      `## ${title}`,
      about,
      ...tables.flatMap((table) => [
        ...(table.caption === "" ? [] : [`### ${table.caption}`]),
        renderTable(table),
      ]),
    ]),
    "## How to run",
    "```sh\nnpm ci\nnpm run bench                      # some twenty minutes; writes this file\nnpm run bench -- --quick           # a look, less exact; writes nothing\nnpm run bench -- --only webhooks   # one part: cpu, paging, tokens, rate, webhooks, storage, history, claims, backlog, sandbox or size; writes nothing\nnpm run bench -- --only claims --only backlog --million   # with 1,000,000 events\n```",
    "The machine should do nothing else meanwhile. The exit code is 0 unless an answer was wrong: a missed goal is reported, not hidden.",
  ]
    .join("\n\n")
    .concat("\n");
}

function renderTable({ head, rows }: Table): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [
    line(head),
    line(widths.map((width) => "-".repeat(Math.max(width, 3)))),
    ...rows.map(line),
  ].join("\n");
}
