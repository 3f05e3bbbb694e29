type Loose = Readonly<Record<string, unknown>>;

/** Where the events about a device hold its ID: by the member, and the member of that. */
const places: readonly (readonly [member: string, id: string])[] = Object.entries({
  vehicle: "id",
  charger: "id",
  hvac: "id",
  inverter: "id",
  battery: "id",
  meter: "id",
  hemSystem: "id",
  vendorAction: "targetId",
  smartChargingStatus: "vehicleId",
  statistics: "inverterId",
  schedule: "targetId",
});

/**
 * The lane of an event: events of one lane are handled one after the other, in the order in which they
 * came. One lane a device; else one a user; null for an event that is about neither.
 */
export function laneOf(payload: unknown): string | null {
  // `Object` makes an object of anything, so that nothing needs to be one.
  const event = Object(payload) as Loose;
  for (const [member, id] of places) {
    const deviceId: unknown = Object(event[member])[id];
    if (typeof deviceId === "string") return `device:${deviceId}`;
  }
  const userId: unknown = Object(event["user"]).id;
  return typeof userId === "string" ? `user:${userId}` : null;
}

/** Runs work in lanes: one at a time in each of them, and no more than so many at a time in all. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  /** Runs work once its turn has come. It must not reject. */
  async run(lane: string | null, work: () => Promise<void>): Promise<void> {
    if (lane === null) return this.#limited(work);
    const turn = (this.#tails.get(lane) ?? Promise.resolve()).then(() => this.#limited(work));
    this.#tails.set(lane, turn);
    await turn;
    if (this.#tails.get(lane) === turn) this.#tails.delete(lane);
  }

  async #limited(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      // The place goes to who waits for it, without being free in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
