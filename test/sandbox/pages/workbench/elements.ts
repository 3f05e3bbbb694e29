const CHARACTERS: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** The text of an element that holds nothing else, such as a `pre`. */
export function textOfElement(page: string, id: string): string {
  const text = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page)?.[1];
  if (text === undefined) throw new Error(`There is no text in #${id}: ${page}`);
  return unescaped(text);
}

/** The HTML of a live part, which is the last element of the page or followed by another part. */
export function partOf(page: string, id: string): string {
  const start = page.indexOf(`id="${id}" data-part`);
  if (start === -1) throw new Error(`There is no part ${id}`);
  const end = page.indexOf("data-part", start + id.length + 20);
  return page.slice(start, end === -1 ? undefined : end);
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity] ?? entity);
}
