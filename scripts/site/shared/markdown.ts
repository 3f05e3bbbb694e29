import { isRecord } from "../../generate/document.ts";

/** How long a record or list may be to stand in one line. */
const JSON_WIDTH = 60;

/** A heading with an address of its own. */
export function heading(level: number, text: string, anchor: string): string {
  return `${"#".repeat(level)} ${text} {#${anchor}}`;
}

/** A table; nothing when it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("\n", " ").replaceAll("|", "\\|") || " ").join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text of a comment or description, in which only code has a meaning. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : plain(part)))
    .join("");
}

function plain(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;").replaceAll("*", "\\*");
}

/** Code that is shown in a line. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

/** A path of names in code, which a narrow column may break between them. */
export function pathCode(path: string): string {
  return path.includes(".") ? `<code>${path.replaceAll(".", ".<wbr>")}</code>` : code(path);
}

/** Code that is shown in a box. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** A value as JSON in a box. */
export function json(value: unknown): string {
  return fence("json", jsonText(value, ""));
}

/** What fits into a line is not spread over several: records hold many small ones. */
function jsonText(value: unknown, indent: string): string {
  if (!isRecord(value) && !Array.isArray(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((each) => jsonText(each, inner))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .map(([name, each]) => `${JSON.stringify(name)}: ${jsonText(each, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const space = isList || parts.length === 0 ? "" : " ";
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (line.length <= JSON_WIDTH && !line.includes("\n")) return line;
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(",\n")}\n${indent}${close}`;
}

/** Parts of a page, with an empty line between them; empty ones are left out. */
export function join(parts: readonly (string | undefined | false)[]): string {
  return `${parts.filter((part) => part).join("\n\n")}\n`;
}

/** A page with its front matter. */
export function page(
  title: string,
  description: string,
  parts: readonly (string | undefined | false)[],
): string {
  // Deeper headings would not fit beside the page.
  const front = `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}\noutline: 2\n---`;
  return join([front, `# ${title}`, ...parts]);
}

/** The first sentence of a text. */
export function firstSentence(text: string): string {
  return /^[\s\S]*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
