import { StoreError } from "../../errors/index.ts";
import { withSafeMessage } from "../../shared/store-reason.ts";

/** How many steps the tables may be ahead: each of them leaves what the version before it uses. */
const maxAhead = 1;

/**
 * Refuses tables that a much newer version of this package has made: what is in them would be misread.
 *
 * @param version How many steps the tables have been through.
 * @param known How many steps this version of the package knows.
 * @throws StoreError whose `cause` has the code `newer_tables`
 */
export function checkTablesVersion(where: string, version: number, known: number): void {
  const newest = known + maxAhead;
  if (version <= newest) return;
  const words = `${where} has tables of version ${version}; this version of enode-sdk works with them up to ${newest}. Update enode-sdk.`;
  const cause = withSafeMessage(Object.assign(new Error(words), { code: "newer_tables" }));
  throw withSafeMessage(new StoreError(words, { store: "storage", method: "migrate", cause }));
}
