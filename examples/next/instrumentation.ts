/** Next calls this once in each server process, before its first request, and not in builds. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") await (await import("./lib/start")).start();
}
