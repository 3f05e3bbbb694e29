let loaded: typeof import("./failures.lazy.ts") | undefined;

/**
 * Code for failed calls only: messages, classification, redaction, repetition. Loaded with the first failure, as it
 * is a tenth of the client. Kept, so that later failures need not wait.
 */
export async function failures(): Promise<typeof import("./failures.lazy.ts")> {
  loaded ??= await import("./failures.lazy.ts");
  return loaded;
}
