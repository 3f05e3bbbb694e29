/** An event that is to be handled. */
export interface LaneEvent {
  /** Its place among all events. */
  readonly order: number;
  readonly lane: string | null;
  /** From when on it may be handed out, in ms since the epoch; 0 for one that was not tried. */
  dueAt: number;
}

/** Events of which one at a time is handed out, and from when on the next one may be. */
interface Lane<Event> {
  /** In their order. */
  readonly events: Event[];
  /** The one that was handed out last, unless it was given back. */
  holder: Event | undefined;
  /** What the lane is sorted by among the others. */
  at: number;
  order: number;
}

/**
 * The lanes of a namespace, in the order in which they may go on. What it costs to take some of them depends on
 * how many are taken: of those that wait nothing is looked at.
 */
export class EventLanes<Event extends LaneEvent> {
  readonly #byName = new Map<string, Lane<Event>>();
  readonly #byEvent = new Map<Event, Lane<Event>>();
  /** All lanes with events: those that were not tried first, by the order of their events. */
  readonly #sorted: Lane<Event>[] = [];

  /** Puts an event at its place in its lane. */
  add(event: Event): void {
    const lane = this.#laneFor(event);
    this.#byEvent.set(event, lane);
    this.#change(lane, ({ events }) => {
      // Only revived ones come before others.
      const at = events.findLastIndex(({ order }) => order < event.order) + 1;
      events.splice(at, 0, event);
    });
  }

  remove(event: Event): void {
    const lane = this.#byEvent.get(event);
    if (lane === undefined) return;
    this.#byEvent.delete(event);
    this.#change(lane, ({ events }) => {
      events.splice(events.indexOf(event), 1);
      if (lane.holder === event) lane.holder = undefined;
    });
    if (event.lane !== null && lane.events.length === 0) this.#byName.delete(event.lane);
  }

  /** Has an event handed out until a time, and nothing of its lane meanwhile. */
  hold(event: Event, until: number): void {
    this.#changeDue(event, until, event);
  }

  /** Takes an event back that may be handed out again from a time on. */
  release(event: Event, dueAt: number): void {
    const holder = this.#byEvent.get(event)?.holder;
    this.#changeDue(event, dueAt, holder === event ? undefined : holder);
  }

  /** The one of its lane that was handed out last and not given back. */
  holderOf(event: Event): Event | undefined {
    return this.#byEvent.get(event)?.holder;
  }

  /** Whether the lane waits for this one: the one that was handed out last and not given back, or the first. */
  isHead(event: Event): boolean {
    const lane = this.#byEvent.get(event);
    return lane !== undefined && headOf(lane) === event;
  }

  /** The first events of lanes that may go on, the oldest first; when retries are more than that, those longest due. */
  due(limit: number, now: number): Event[] {
    const retries = this.#placeOf(0, Number.POSITIVE_INFINITY);
    const end = Math.min(this.#placeOf(now, Number.POSITIVE_INFINITY), retries + limit);
    const found = [
      ...this.#sorted.slice(0, Math.min(retries, limit)),
      ...this.#sorted.slice(retries, end),
    ];
    found.sort((a, b) => a.order - b.order);
    return found.slice(0, limit).flatMap(({ events }) => events[0] ?? []);
  }

  /** How many lanes may go on. */
  countDue(now: number): number {
    return this.#placeOf(now, Number.POSITIVE_INFINITY);
  }

  #laneFor({ lane: name }: Event): Lane<Event> {
    const known = name === null ? undefined : this.#byName.get(name);
    if (known !== undefined) return known;
    const lane: Lane<Event> = { events: [], holder: undefined, at: 0, order: 0 };
    if (name !== null) this.#byName.set(name, lane);
    return lane;
  }

  #changeDue(event: Event, dueAt: number, holder: Event | undefined): void {
    const lane = this.#byEvent.get(event);
    if (lane === undefined) return;
    this.#change(lane, () => {
      event.dueAt = dueAt;
      lane.holder = holder;
    });
  }

  /** Changes a lane, and puts it where it then belongs. */
  #change(lane: Lane<Event>, change: (lane: Lane<Event>) => void): void {
    if (lane.events.length > 0) this.#sorted.splice(this.#placeOf(lane.at, lane.order), 1);
    change(lane);
    const head = headOf(lane);
    if (head === undefined) return;
    lane.at = head.dueAt;
    lane.order = head.order;
    this.#sorted.splice(this.#placeOf(lane.at, lane.order), 0, lane);
  }

  /** How many lanes are before this place. */
  #placeOf(at: number, order: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const lane = this.#sorted[middle];
      if (lane !== undefined && (lane.at - at || lane.order - order) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** As long as one is held, also an earlier one waits that was revived. */
function headOf<Event>({ holder, events }: Lane<Event>): Event | undefined {
  return holder ?? events[0];
}
