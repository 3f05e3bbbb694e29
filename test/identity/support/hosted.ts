import { Enode, type EnodeOptions, type LinkSessionRequest } from "../../../src/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import type { DeviceRecord, Storage } from "../../../src/storage/contracts/index.ts";
import { type MemoryStorage, memoryStorage } from "../../../src/storage/memory/index.ts";

export const session: LinkSessionRequest = {
  scopes: ["vehicle:read:data", "vehicle:control:charging"],
  language: "en-GB",
  redirectUri: "https://app.example.com/done",
};

/** A client whose users are known to a store, and the sandbox that it talks to. */
export interface Hosted {
  readonly enode: Enode;
  readonly sandbox: Sandbox;
  readonly storage: MemoryStorage;
  /** All that was sent, in one text for each request: method, address, headers and body. */
  readonly sent: string[];
  /** Links the account of a vendor, as the end user does. */
  readonly linkCar: (hostUserId: string) => Promise<string>;
}

/** Makes it; what is given as `storage` goes to the client in place of the memory. */
export function hosted(
  options: Partial<Omit<EnodeOptions, "storage">> & {
    storage?: (own: MemoryStorage) => Storage;
  } = {},
): Hosted {
  const { storage: choose = (own) => own, ...others } = options;
  const sandbox = createSandbox({ seed: 7 });
  const storage = memoryStorage();
  const sent: string[] = [];
  // The rest of the options is that of a client with credentials.
  const enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    maxRetries: 0,
    async fetch(request) {
      const headers = JSON.stringify([...request.headers]);
      const body = await request.clone().text();
      sent.push(`${request.method} ${new URL(request.url).pathname} ${headers} ${body}`);
      return sandbox.fetch(request);
    },
    storage: choose(storage),
    ...others,
  } as EnodeOptions);
  return {
    enode,
    sandbox,
    storage,
    sent,
    async linkCar(hostUserId) {
      const { linkToken } = await enode.users.link({ hostUserId }, session);
      const [car] = await sandbox.completeLink(linkToken, { vendor: "TESLA", devices: 1 });
      if (car === undefined) throw new Error("A car was linked.");
      return car.id;
    },
  };
}

/** A record as the mirror keeps it. */
export function recordOf(
  namespace: string,
  fields: Pick<DeviceRecord, "collection" | "id" | "userId"> & Partial<DeviceRecord>,
): DeviceRecord {
  return {
    namespace,
    kind: "vehicle",
    vendor: "TESLA",
    identity: null,
    payload: "{}",
    partial: false,
    observedAt: 1,
    receivedAt: 1,
    source: "webhook",
    ...fields,
  };
}
