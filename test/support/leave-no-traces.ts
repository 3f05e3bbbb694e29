// For files that run one after the other in the same process: none may leave anything behind.
import { afterAll, vi } from "vitest";

/** Globals that tests and the libraries in them replace. */
const watched = [
  "AbortController",
  "AbortSignal",
  "Blob",
  "Date",
  "FormData",
  "Headers",
  "Math",
  "Request",
  "Response",
  "TextDecoder",
  "URL",
  "clearTimeout",
  "crypto",
  "fetch",
  "navigator",
  "performance",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
] as const;

/** Remembers the state of the process. What it returns names everything that has changed since then. */
function findTraces(): () => string[] {
  const env = { ...process.env };
  const globals = new Map(watched.map((name) => [name, Reflect.get(globalThis, name)]));
  const { random } = Math;
  const { now } = Date;
  const folder = process.cwd();
  const changed = (name: string, before: unknown, after: unknown) =>
    Object.is(before, after) ? [] : [name];
  return () => [
    ...(vi.isFakeTimers() ? ["fake timers"] : []),
    ...[...globals].flatMap(([name, value]) => changed(name, value, Reflect.get(globalThis, name))),
    ...changed("Math.random", random, Math.random),
    ...changed("Date.now", now, Date.now),
    ...changed("process.cwd()", folder, process.cwd()),
    ...[...new Set([...Object.keys(env), ...Object.keys(process.env)])].flatMap((name) =>
      changed(`process.env.${name}`, env[name], process.env[name]),
    ),
  ];
}

const tracesOf = findTraces();
afterAll(() => {
  // Otherwise done before the next test.
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  const traces = tracesOf();
  if (traces.length > 0) throw new Error(`The file leaves behind: ${traces.join(", ")}`);
});

function refuse(): never {
  throw new Error("Only files that vitest.config.ts lists as alone do this.");
}
// The next file would get the replaced modules, or wait for those that it has loaded already.
vi.doMock = refuse;
vi.resetModules = refuse;
// What an earlier file has started may still set timers.
vi.getTimerCount = refuse;
