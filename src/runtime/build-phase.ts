/** Whether this module is imported only so that Next can build an app, which must work without databases and secrets. */
export function isBuildPhase(): boolean {
  try {
    return globalThis.process?.env?.["NEXT_PHASE"] === "phase-production-build";
  } catch {
    // Deno refuses to read variables without its --allow-env, and is not what Next builds on.
    return false;
  }
}
