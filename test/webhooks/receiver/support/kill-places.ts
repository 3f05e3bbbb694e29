import type { CircuitState, Point } from "./kill-protocol.ts";

/** Two kinds of places where a process can die, each at several times. */
export const places: readonly [string, (n: number) => Point][] = [
  [
    "between append and handling",
    (n) => (n % 3 === 0 ? { name: "append", nth: 1 } : { name: "claim", nth: n % 3 }),
  ],
  ["between handling and completion", (n) => ({ name: "complete", nth: 1 + (n % 4) })],
];

/** The same where handlers fail at first, and the states that the circuit may have when the process dies there. */
export const placesOfFailing: readonly [
  what: string,
  pointOf: (n: number) => Point,
  circuit: CircuitState,
][] = [
  [
    "between append and handling, its circuit closed",
    (n) => ({ name: n % 2 === 0 ? "append" : "claim", nth: 1, circuit: "closed" }),
    "closed",
  ],
  // Two failures have opened it, and each of the others is a probe.
  [
    "between claim and handling, its circuit open",
    (n) => ({ name: "claim", nth: 1 + (n % 3), circuit: "open" }),
    "open",
  ],
  // The first success has closed it.
  [
    "between handling and completion, its circuit just closed",
    (n) => ({ name: "complete", nth: 1 + (n % 4) }),
    "closed",
  ],
];
