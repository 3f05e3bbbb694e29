// Simulated time is shown in UTC, as in the API.

/** Such as `2025-01-06 08:00:00`. */
export function dayAndTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
