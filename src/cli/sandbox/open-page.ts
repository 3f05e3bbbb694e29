import { spawn } from "node:child_process";

/** Opens a page in the browser of the user; calls back when there is no program that does it. */
export function openPage(url: string, failed: () => void): void {
  const [program, args] = opener(url);
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.once("error", failed);
  child.once("exit", (code) => {
    if (code !== 0 && code !== null) failed();
  });
  child.unref();
}

function opener(url: string): [program: string, args: string[]] {
  if (process.platform === "darwin") return ["open", [url]];
  // start takes its first quoted argument for a title.
  if (process.platform === "win32") return ["cmd", ["/c", "start", "", url]];
  return ["xdg-open", [url]];
}
