import type { DeviceView } from "./shared/device-view.ts";

/** Power and battery level of a device at one time. */
export interface Sample {
  /** Simulated time as a timestamp in milliseconds. */
  readonly at: number;
  readonly power: number | null;
  readonly level: number | null;
}

const MOST_DEVICES = 200;
const MOST_SAMPLES = 600;

/** The samples of devices for the chart, from the first time that a device is shown. */
export class History {
  readonly #tracks = new Map<string, Sample[]>();

  of(deviceId: string): readonly Sample[] {
    return this.#tracks.get(deviceId) ?? [];
  }

  note({ id, power, level }: DeviceView, at: number): void {
    const track = this.#tracks.get(id) ?? [];
    // The devices that were shown last are kept.
    this.#tracks.delete(id);
    this.#tracks.set(id, track);
    const sample = { at, power, level };
    const [last, before] = [track.at(-1), track.at(-2)];
    const isFlat =
      last !== undefined &&
      before !== undefined &&
      isAlike(last, sample) &&
      (isAlike(before, last) || last.at === at);
    // While nothing changes, the last sample moves along.
    if (isFlat || (last?.at === at && isAlike(last, sample))) track.pop();
    track.push(sample);
    if (track.length > MOST_SAMPLES) thinOut(track);
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const id of this.#tracks.keys()) {
      if (this.#tracks.size <= MOST_DEVICES) return;
      this.#tracks.delete(id);
    }
  }
}

function isAlike(one: Sample, other: Sample): boolean {
  return one.power === other.power && one.level === other.level;
}

/** Drops every second sample of the older half. */
function thinOut(track: Sample[]): void {
  const half = track.length >> 1;
  const older = track.splice(0, half);
  track.unshift(...older.filter((_, at) => at % 2 === 0));
}
