import type { ClaimedEvent } from "../../../storage/contracts/index.ts";

/** Whether an answer of a store is a list of events: it is the host's own code, and may return anything. */
export function areClaimed(answer: unknown): answer is ClaimedEvent[] {
  return Array.isArray(answer) && answer.every((event) => event?.lease);
}

/** Whether an answer of a store is an outcome of a delivery. */
export function isOutcome(answer: unknown): answer is "new" | "duplicate" | ClaimedEvent[] {
  return answer === "new" || answer === "duplicate" || areClaimed(answer);
}

/** Whether an answer of a store is a list of yes and no. */
export function areBooleans(answer: unknown): answer is boolean[] {
  return Array.isArray(answer) && answer.every((each) => typeof each === "boolean");
}

/** Whether an answer of a store is a number. */
export function isNumber(answer: unknown): answer is number {
  return typeof answer === "number";
}
