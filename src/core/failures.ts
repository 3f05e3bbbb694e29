let loaded: typeof import("./failures.lazy.ts") | undefined;

/**
 * What only a call needs that fails: words, classification, redaction, repetition. Loaded with the first
 * failure, as it is a tenth of the client. Kept, so that later failures wait for nothing.
 */
export async function failures(): Promise<typeof import("./failures.lazy.ts")> {
  loaded ??= await import("./failures.lazy.ts");
  return loaded;
}
