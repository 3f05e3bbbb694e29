import ts from "typescript";

/** What a doc comment says. */
export interface DocComment {
  /** The text before the first tag. */
  readonly summary: string;
  /** By the name of the parameter. */
  readonly params: ReadonlyMap<string, string>;
  readonly returns: string | undefined;
  readonly throws: readonly string[];
  /** Code without its fence. */
  readonly examples: readonly string[];
  /** Names of all tags, such as `beta`. */
  readonly tags: ReadonlySet<string>;
}

/** Reads the doc comment of a declaration; everything is empty where there is none. */
export function readComment(node: ts.Node): DocComment {
  const params = new Map<string, string>();
  const throws: string[] = [];
  const examples: string[] = [];
  const tags = new Set<string>();
  let returns: string | undefined;
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc);
  for (const tag of comment?.tags ?? []) {
    const name = tag.tagName.text;
    const text = plain(tag.comment);
    tags.add(name);
    if (ts.isJSDocParameterTag(tag)) params.set(tag.name.getText(), text.replace(/^-\s*/, ""));
    else if (name === "returns") returns = text;
    else if (name === "throws") throws.push(text);
    else if (name === "example")
      examples.push(/```ts\n([\s\S]*?)```/.exec(text)?.[1]?.trimEnd() ?? text);
  }
  return { summary: plain(comment?.comment), params, returns, throws, examples, tags };
}

/** The text of a comment, with `{@link Name}` as code. */
function plain(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  if (comment === undefined || typeof comment === "string") return comment ?? "";
  return comment
    .map((part) => (ts.isJSDocLink(part) ? `\`${part.name?.getText() ?? part.text}\`` : part.text))
    .join("");
}
