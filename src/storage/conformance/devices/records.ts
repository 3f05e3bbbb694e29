import type { DeviceRecord, DeviceStore, RecordQuery } from "../../contracts/index.ts";
import { Finding } from "../shared/expectation.ts";

/** The namespace of records that are made without one. */
export const namespace = "production:client";

/** A record of a vehicle in full, unless told otherwise. */
export function recordOf(id: string, change: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    namespace,
    collection: "devices",
    id,
    kind: "vehicle",
    userId: "user",
    vendor: "TESLA",
    identity: null,
    payload: `{"id":"of a device"}`,
    partial: false,
    observedAt: 1_000,
    receivedAt: 2_000,
    source: "webhook",
    ...change,
  };
}

export function idsOf(records: readonly DeviceRecord[]): string[] {
  return records.map(({ id }) => id);
}

/** All IDs that a query finds, sorted: in which order they are listed is up to the store. */
export async function listed(
  store: DeviceStore,
  query: Partial<RecordQuery> = {},
  of: string = namespace,
): Promise<string[]> {
  const found = await store.list(of, { collection: "devices", limit: 1_000, ...query });
  return idsOf(found).sort();
}

/** All records in pages, as a caller follows them; more pages than `most` would never end. */
export async function pages(
  list: (query: RecordQuery) => Promise<DeviceRecord[]>,
  query: RecordQuery,
  most: number,
): Promise<DeviceRecord[][]> {
  const found: DeviceRecord[][] = [];
  let after: string | undefined;
  for (;;) {
    const page = await list({ ...query, ...(after === undefined ? {} : { after }) });
    if (page.length === 0) return found;
    found.push(page);
    if (found.length > most) {
      throw new Finding(`pages: expected no more than ${most}, found ${found.length} and no end`);
    }
    after = page.at(-1)?.id;
  }
}
