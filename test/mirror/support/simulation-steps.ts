import fc from "fast-check";

/** What the network does with one attempt to deliver. */
export type Fate =
  | "arrives"
  /** It never gets there, and Enode tries again. */
  | "is lost"
  /** Something on the way takes it, and it never gets there. */
  | "is swallowed"
  | "arrives twice"
  /** It arrives, and Enode does not get to know. */
  | "goes unanswered"
  /** Enode gives the attempt up, and it arrives some time later. */
  | "is late"
  /** Something on the way takes it, and it arrives some time later. */
  | "is overtaken"
  /** Its events come one by one, and the first one some time after the others. */
  | "falls apart"
  /** It comes with the next one, of each device what was read last first; what is told later was made later. */
  | "is told backwards";

/** Something that changes at Enode. Users and devices are chosen by a number, modulo how many there are. */
export type Change =
  /** A vehicle drives; of other devices what their owners set or the weather makes of them. */
  | { do: "drive"; device: number; level: number }
  | { do: "plug"; device: number; in: boolean }
  | { do: "lose signal" | "find signal" | "sell"; device: number }
  /** One command or another, as the kind of device has them. */
  | { do: "start" | "stop"; device: number }
  | { do: "link"; user: number; vendor: number }
  | { do: "disconnect" | "invalidate"; user: number; vendor: number }
  | { do: "deauthorize" | "delete user"; user: number };

/** Something that happens to the host, or that it does. */
export type Event =
  | Change
  | { do: "work" }
  | { do: "wait"; seconds: number }
  /** One of the deliveries that are late arrives. */
  | { do: "arrive"; nth: number }
  /** The process dies at once, and another one takes its place. */
  | { do: "crash" }
  /**
   * A call of a store fails, some calls from now; with it the process dies, or not. What the call was for was
   * done before, or not.
   */
  | { do: "break"; after: number; dies: boolean; isDone: boolean }
  /** A call of the API fails, some calls from now. */
  | { do: "fail"; after: number };

/** What the scenario is made of. */
export type Step =
  | Event
  /** Nothing arrives for longer than Enode tries. */
  | { do: "outage"; changes: readonly Change[] }
  /** The host reconciles everything; between two answers of Enode other steps are taken. */
  | { do: "backfill" | "reconcile"; meanwhile: readonly (readonly Event[])[] };

export interface Scenario {
  /** Decides on what is random in the sandbox and in the client. */
  seed: number;
  /** By how much the host's clock is wrong, in s. */
  skew: number;
  /** Whether there are homes from the beginning, with what warms them and their solar plant. */
  hasHomes: boolean;
  /** What becomes of the attempts to deliver, one after the other; all others arrive. */
  fates: readonly Fate[];
  steps: readonly Step[];
  /** What changes just before the last reconciliation. */
  last: readonly Change[];
  /** Time between two changes, in ms. Answers of the API have their times in whole seconds only. */
  pace: number;
}

const device = fc.nat({ max: 11 });
const user = fc.nat({ max: 2 });
// The last two are of homes, where much more happens.
const vendor = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(3, 4) },
);

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("drive" as const),
      device,
      level: fc.integer({ min: 5, max: 79 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("plug" as const), device, in: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("lose signal" as const, "find signal" as const, "sell" as const),
      device,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("start" as const, "stop" as const),
      device,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("link" as const), user, vendor }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("disconnect" as const, "invalidate" as const),
      user,
      vendor,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("deauthorize" as const, "delete user" as const),
      user,
    }),
  },
);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: change },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("work" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("arrive" as const), nth: fc.nat({ max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("break" as const),
      after: fc.nat({ max: 6 }),
      dies: fc.boolean(),
      isDone: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("fail" as const), after: fc.nat({ max: 4 }) }),
  },
);

const wait = fc.record({
  do: fc.constant("wait" as const),
  seconds: fc.constantFrom(1, 20, 120, 1_800),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: event },
  { weight: 3, arbitrary: wait },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("outage" as const),
      changes: fc.array(change, { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("backfill" as const, "reconcile" as const),
      meanwhile: fc.array(fc.array(event, { maxLength: 3 }), { maxLength: 6 }),
    }),
  },
);

const fate = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fate>("arrives") },
  { weight: 2, arbitrary: fc.constant<Fate>("falls apart") },
  { weight: 2, arbitrary: fc.constant<Fate>("is told backwards") },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Fate>(
      "is lost",
      "is swallowed",
      "arrives twice",
      "goes unanswered",
      "is late",
      "is overtaken",
    ),
  },
);

/** What can happen to a mirror, Enode and the network between the two. */
export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat({ max: 2 ** 31 - 1 }),
  skew: fc.constantFrom(0, 0, -600, 600, 86_400),
  hasHomes: fc.constantFrom(false, false, false, false, true),
  fates: fc.array(fate, { maxLength: 25 }),
  steps: fc.array(step, { maxLength: 20, size: "max" }),
  last: fc.array(change, { maxLength: 2 }),
  pace: fc.constantFrom(1_000, 400, 10),
});
