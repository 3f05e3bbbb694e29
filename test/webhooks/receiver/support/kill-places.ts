import type { ChildOptions } from "./kill-protocol.ts";

/** Two kinds of places where a process can die, each at several times. */
export const places: readonly [string, (n: number) => NonNullable<ChildOptions["point"]>][] = [
  [
    "between append and handling",
    (n) => (n % 3 === 0 ? { name: "append", nth: 1 } : { name: "claim", nth: n % 3 }),
  ],
  ["between handling and completion", (n) => ({ name: "complete", nth: 1 + (n % 4) })],
];
