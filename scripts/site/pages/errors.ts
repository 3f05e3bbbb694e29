import type { ErrorCode } from "../../../src/errors/index.ts";
import { code, fence, heading, page, prose, table } from "../shared/markdown.ts";
import type { ErrorClass } from "../source/errors.ts";
import { codeNotes } from "./error-codes.ts";

const statuses: Readonly<Record<string, string>> = {
  BadRequestError: "400",
  AuthenticationError: "401",
  PermissionError: "403",
  NotFoundError: "404",
  ConflictError: "409",
  UnprocessableError: "422",
  RateLimitError: "429",
  ServerError: "5xx",
};

/** The page with all errors and codes. */
export function errorsPage(classes: readonly ErrorClass[]): string {
  const summary =
    "Every error that the package throws: its code, when it comes, what to do, and whether it was tried again.";
  return page("Errors", summary, [
    summary,
    "Each is an `EnodeError` with a stable `code`. Tell them apart by the guards, and not by `instanceof`: an app can " +
      "load the ESM and the CommonJS build, and then each class exists twice. No error holds a secret or a token.",
    "## All codes",
    codeTable(Object.keys(codeNotes) as ErrorCode[]),
    ...classes.map(section),
  ]);
}

function codeTable(codes: readonly ErrorCode[]): string {
  return table(
    ["Code", "Error", "When", "What to do", "Tried again"],
    codes.map((each) => {
      const { error, when, todo, retried } = codeNotes[each];
      return [linkToCode(each), error.split(" · ").map(linkTo).join(", "), when, todo, retried];
    }),
  );
}

/** The section of a code; where a second class has it too, a link to that of the first one. */
function codeSection(name: string, each: ErrorCode): string {
  const { error, when, todo, retried } = codeNotes[each];
  if (!error.startsWith(name)) return `${linkToCode(each)}: see there.`;
  const text = `${when} ${todo} Tried again: ${retried}.`;
  return `${heading(3, each, anchorOf(each))}\n\n${text}`;
}

function linkToCode(each: ErrorCode): string {
  return `[${code(each)}](#${anchorOf(each)})`;
}

function anchorOf(each: ErrorCode): string {
  return `code-${each.replaceAll("_", "-")}`;
}

function linkTo(name: string): string {
  return `[${code(name)}](#${name.toLowerCase()})`;
}

function section({ name, base, comment, fields, guard }: ErrorClass): string {
  const codes = (Object.keys(codeNotes) as ErrorCode[]).filter((each) =>
    codeNotes[each].error.split(" · ").includes(name),
  );
  const status = statuses[name];
  return [
    heading(2, status === undefined ? name : `${name} (${status})`, name.toLowerCase()),
    prose(comment.summary),
    [
      guard && `- Guard: ${code(`${guard}(error)`)}`,
      codes.length > 0 && `- Codes: ${codes.map(code).join(", ")}`,
      base !== "Error" &&
        `- Also: ${base === "CallError" || base === "ActionError" ? "[`EnodeError`](#enodeerror)" : linkTo(base)}`,
      base === "CallError" && "- Has `operation`, `path` (its template) and `attempts` of the call",
    ]
      .filter((line) => line)
      .join("\n"),
    table(
      ["Member", "Type", "Meaning"],
      fields.map((field) => [code(field.name), code(field.type), prose(field.meaning)]),
    ),
    ...comment.examples.map((example) => fence("ts", example)),
    ...codes.map((each) => codeSection(name, each)),
  ]
    .filter((part) => part)
    .join("\n\n");
}
