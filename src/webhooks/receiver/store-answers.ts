import type { ClaimedEvent } from "../../storage/contracts/index.ts";

/** Whether a store hands out events: it is the host's own code, and may break any promise. */
export function areClaimed(answer: unknown): answer is ClaimedEvent[] {
  return Array.isArray(answer) && answer.every((event) => event?.lease);
}

/** Whether a store says what it has done with a delivery. */
export function isOutcome(answer: unknown): answer is "new" | "duplicate" | ClaimedEvent[] {
  return answer === "new" || answer === "duplicate" || areClaimed(answer);
}
