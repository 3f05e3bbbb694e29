import type { DeadLetter, EventStore } from "../../storage/contracts/index.ts";
import { printable, table } from "../shared/terminal.ts";

/** Dead letters as the rows of a table, without their payloads: those are personal data. */
export function tableOf(letters: readonly DeadLetter[]): string[] {
  const rows = letters.map(({ id, payload, attempts, failedAt, reason }) => {
    const { event, user } = parsed(payload);
    return [
      id,
      printable(String(event ?? "-")),
      printable(String(user?.id ?? "-")),
      String(attempts),
      new Date(failedAt).toISOString(),
      printable(reason.replace(/\s+/g, " ")),
    ];
  });
  return table([["ID", "EVENT", "USER", "ATTEMPTS", "FAILED AT", "REASON"], ...rows]);
}

/** A dead letter as a line of JSON, with its event. */
export function lineOf({ payload, ...letter }: DeadLetter): string {
  return JSON.stringify({ ...letter, payload: parsed(payload) });
}

function parsed(payload: string): { readonly event?: unknown; readonly user?: { id?: unknown } } {
  try {
    return Object(JSON.parse(payload));
  } catch {
    return {};
  }
}

/** How many dead letters are revived together. */
const PORTION = 1_000;

/** Revives all dead letters that there are now; those that die meanwhile are left. */
export async function reviveAll(store: EventStore, namespace: string): Promise<number> {
  let revived = 0;
  let last: ReadonlySet<string> = new Set();
  for (;;) {
    const letters = await store.deadLetters(PORTION, namespace);
    const ids = letters.map(({ id }) => id).filter((id) => !last.has(id));
    if (ids.length === 0) return revived;
    revived += await store.revive(ids, namespace);
    last = new Set([...last, ...ids]);
  }
}
