/** What was found wrong with the traffic of sandboxes since it was last taken. */
const found: string[] = [];
const underway = new Set<Promise<void>>();

/** Waits for a check, so that no test ends before it. */
export function note(check: Promise<readonly string[]>): void {
  const noted = check
    .then(
      (violations) => void found.push(...violations),
      (error: unknown) => void found.push(`a check failed: ${String(error)}`),
    )
    .finally(() => underway.delete(noted));
  underway.add(noted);
}

/** All violations of finished and unfinished calls; they are forgotten then. */
export async function takeViolations(): Promise<string[]> {
  while (underway.size > 0) await Promise.all(underway);
  return found.splice(0);
}
