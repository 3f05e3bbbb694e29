import type { Span } from "../time/buckets.ts";

/** Parts of time that follow each other, with a record for each. */
export class BucketList<Record> {
  readonly spans: readonly Span[];
  readonly records: readonly Record[];
  /** Where the last one was found: what is added comes in the order of time. */
  #at = 0;

  constructor(spans: readonly Span[], create: () => Record) {
    this.spans = spans;
    this.records = spans.map(create);
  }

  /** The record of the part with a time in it. */
  of(time: number): Record | undefined {
    const at = this.#find(time);
    return (this.spans[at]?.from ?? time) <= time ? this.records[at] : undefined;
  }

  /** Calls back for each part of a span, with the times that it has of it. */
  each({ from, to }: Span, use: (record: Record, from: number, to: number) => void): void {
    for (let at = this.#find(from); at < this.spans.length; at++) {
      const bucket = this.spans[at];
      const record = this.records[at];
      if (!bucket || record === undefined || bucket.from >= to) return;
      const start = Math.max(from, bucket.from);
      const end = Math.min(to, bucket.to);
      if (start < end) use(record, start, end);
    }
  }

  /** The first part that ends after a time. */
  #find(time: number): number {
    let at = this.#at;
    while (at > 0 && time < (this.spans[at - 1]?.to ?? 0)) at--;
    while (at < this.spans.length && time >= (this.spans[at]?.to ?? 0)) at++;
    this.#at = Math.min(at, this.spans.length);
    return at;
  }
}
