import { StoreError } from "../../errors/index.ts";
import { withSafeMessage } from "../../shared/store-reason.ts";

/** Tables that a newer version of this package has made: what is in them would be misread. */
export function newerTables(where: string, version: number, known: number): StoreError {
  return withSafeMessage(
    new StoreError(
      `${where} has tables of version ${version}; this version of enode-sdk knows them up to ${known}. Update enode-sdk.`,
      { store: "storage", method: "migrate" },
    ),
  );
}
