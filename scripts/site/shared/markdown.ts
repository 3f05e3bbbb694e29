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

/** Code that is shown in a box. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** A value as JSON in a box. */
export function json(value: unknown): string {
  return fence("json", JSON.stringify(value, null, 2));
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
