/** What is left of many measurements of the same thing. */
export interface Summary {
  median: number;
  min: number;
  max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** Measurement by measurement: both of a pair were taken one after the other. */
export function ratios(values: readonly number[], bases: readonly number[]): Summary {
  return summarize(values.map((value, index) => value / (bases[index] ?? Number.NaN)));
}

/** `1.23 (1.10–1.40)` */
export function show({ median, min, max }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
