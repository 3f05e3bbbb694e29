/** Whether Next is building an app, and imports modules for it: a build must work without databases and secrets. */
export function isBuildPhase(): boolean {
  try {
    return globalThis.process?.env?.["NEXT_PHASE"] === "phase-production-build";
  } catch {
    // Deno throws without --allow-env. Next does not build on Deno.
    return false;
  }
}
