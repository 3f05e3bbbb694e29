/** A text to copy, or why there is none. */
export type CopyText = { readonly text: string } | { readonly reason: string };
