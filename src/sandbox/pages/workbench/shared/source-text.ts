import { placeholders } from "../../../shared/redaction.ts";

/** Where the values of placeholders come from. */
const VARIABLES: ReadonlyMap<unknown, string> = new Map(
  Object.values(placeholders).map((name) => [name, `process.env["${name.slice(1)}"] ?? ""`]),
);

const WIDTH = 90;
const NAME = /^[A-Za-z_$][\w$]*$/;

/** A value of JSON as TypeScript, on one line where it fits; secrets come from the environment. */
export function sourceText(value: unknown, indent = ""): string {
  const line = onOneLine(value);
  if (line.length + indent.length <= WIDTH) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const lines = value.map((each) => `${inner}${sourceText(each, inner)},\n`);
    return `[\n${lines.join("")}${indent}]`;
  }
  if (typeof value !== "object" || value === null) return line;
  const lines = Object.entries(value).map(
    ([name, each]) => `${inner}${key(name)}: ${sourceText(each, inner)},\n`,
  );
  return `{\n${lines.join("")}${indent}}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) {
    return VARIABLES.get(value) ?? JSON.stringify(value) ?? "undefined";
  }
  const members = Object.entries(value).map(([name, each]) => `${key(name)}: ${onOneLine(each)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function key(name: string): string {
  // Written plainly it would set the prototype.
  if (name === "__proto__") return '["__proto__"]';
  return NAME.test(name) ? name : JSON.stringify(name);
}
