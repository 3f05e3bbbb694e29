// Bodies come from anybody: without a limit the margins of deep nesting would fill the memory.
const DEEPEST = 20;

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{},:]|[^\s[\]{},:"]+/gs;

/**
 * Lays JSON out in lines. Its tokens stay as they are, so that no number loses digits and no member is lost; JSON that
 * was cut off is laid out as far as it goes.
 */
export function prettyJson(text: string): string {
  let pretty = "";
  let depth = 0;
  let last = "";
  const newLine = () => {
    pretty += `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
  };
  for (const [token] of text.matchAll(TOKENS)) {
    const isEnd = token === "}" || token === "]";
    if (isEnd) depth -= 1;
    const isAfterStart = last === "{" || last === "[";
    if (isEnd ? !isAfterStart : isAfterStart || last === ",") newLine();
    pretty += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth += 1;
    last = token;
  }
  return pretty;
}
