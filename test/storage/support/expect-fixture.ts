import { expect } from "vitest";
import type { ClaimedEvent, KeptEvent } from "../../../src/storage/contracts/index.ts";
import {
  deliveries,
  entries,
  lease,
  leases,
  leaseTime,
  namespaces,
  reason,
  records,
  retryAt,
  tokens,
  users,
  type WholeStorage,
  writtenAt,
} from "../fixtures/records.ts";

const collections = ["devices", "actions", "users", "bookmarks"] as const;

/** A storage over the fixture, with a clock that shows this time. */
export type OpenAt = (time: number) => WholeStorage;

/**
 * Expects every reading method to give back what `fill` has written, and what was held to be held: the first event
 * of the first delivery, by this ID.
 */
export async function expectFixture(open: OpenAt, heldId = "1"): Promise<void> {
  const storage = open(writtenAt);
  await expectTokens(storage, open(writtenAt + leaseTime));
  await expectUsers(storage);
  await expectRecords(storage);
  await expectActivity(storage);
  await expectEvents(open, heldId);
}

async function expectTokens({ tokenStore }: WholeStorage, later: WholeStorage): Promise<void> {
  for (const { key, token, expiresAt } of tokens) {
    expect(await tokenStore.get(key)).toEqual({ token, expiresAt });
  }
  expect(await tokenStore.lease?.(leases.held, leaseTime)).toBeUndefined();
  expect(await tokenStore.lease?.(leases.released, leaseTime)).toBeDefined();
  expect(await later.tokenStore.lease?.(leases.held, leaseTime)).toBeDefined();
}

async function expectUsers({ userStore }: WholeStorage): Promise<void> {
  for (const link of users) {
    expect(await userStore.get(link.namespace, link.hostUserId)).toEqual(link);
    expect(await userStore.getByEnodeUserId(link.namespace, link.enodeUserId)).toEqual(link);
  }
  for (const namespace of namespaces) {
    const erasing = users
      .filter((link) => link.namespace === namespace && link.erasingSince !== undefined)
      .toSorted((a, b) => Number(a.erasingSince) - Number(b.erasingSince));
    expect(await userStore.listErasing(namespace, 100)).toEqual(erasing);
  }
}

async function expectRecords({ deviceStore }: WholeStorage): Promise<void> {
  for (const record of records) {
    const { namespace, collection, id } = record;
    expect(await deviceStore.get(namespace, collection, id)).toEqual(record);
  }
  for (const namespace of namespaces) {
    for (const collection of collections) {
      const all = records
        .filter((record) => record.namespace === namespace && record.collection === collection)
        .toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
      const query = { collection, limit: 100 };
      expect(await deviceStore.list(namespace, { ...query, includeDeleted: true })).toEqual(all);
      const alive = all.filter(({ payload }) => payload !== null);
      expect(await deviceStore.list(namespace, query)).toEqual(alive);
      const ofUser = alive.filter(({ userId }) => userId === "enode-user");
      expect(await deviceStore.listByUser(namespace, "enode-user", query)).toEqual(ofUser);
      const ids = all.map(({ id }) => id);
      const found = await deviceStore.getMany(namespace, collection, ids);
      expect(found).toHaveLength(all.length);
      expect(found).toEqual(expect.arrayContaining(all));
    }
  }
  const [first, second] = namespaces;
  const shared = records
    .filter(({ namespace, identity }) => namespace === first && identity !== null)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(await deviceStore.findDuplicates(first, 100)).toEqual([
    { identity: "vin:WVWZZZ", records: shared },
  ]);
  expect(await deviceStore.findDuplicates(second, 100)).toEqual([]);
}

async function expectActivity({ activityLog }: WholeStorage): Promise<void> {
  for (const namespace of namespaces) {
    const all = entries
      .filter((entry) => entry.namespace === namespace)
      .toSorted((a, b) => a.at - b.at);
    expect(await activityLog.list(namespace, { limit: 100 })).toEqual(all);
    for (const name of ["userId", "deviceId", "actionId"] as const) {
      for (const id of new Set(all.flatMap((entry) => entry[name] ?? []))) {
        const query = { [name]: id, limit: 100 };
        const about = all.filter((entry) => entry[name] === id);
        expect(await activityLog.list(namespace, query)).toEqual(about);
      }
    }
  }
}

async function expectEvents(open: OpenAt, heldId: string): Promise<void> {
  const [first, second] = namespaces;
  const { eventStore } = open(writtenAt);
  for (const delivery of deliveries) expect(await eventStore.append(delivery)).toBe("duplicate");
  expect(await eventStore.deadLetters(100, first)).toEqual([
    { ...keptOf(0, 3), attempts: 1, reason, failedAt: writtenAt },
  ]);
  expect(await eventStore.deadLetters(100, second)).toEqual([]);

  // Neither what is held, nor what waits behind it or for its next attempt.
  const claim = async (time: number, namespace: string) =>
    (await open(time).eventStore.claim(100, 10 * leaseTime, namespace)).map(
      ({ lease: _, ...event }) => event,
    );
  expect(await claim(writtenAt, first)).toEqual([
    { ...keptOf(1, 0), attempt: 1 },
    { ...keptOf(1, 1), attempt: 1 },
  ]);
  expect(await claim(writtenAt, second)).toEqual([{ ...keptOf(3, 0), attempt: 1 }]);
  // Whoever held an event when the older version stopped may still complete it.
  const held = { id: heldId, lease } as ClaimedEvent;
  expect(await eventStore.complete(held)).toBe(true);
  expect(await claim(writtenAt, first)).toEqual([{ ...keptOf(0, 1), attempt: 1 }]);
  expect(await claim(writtenAt + leaseTime, first)).toEqual([{ ...keptOf(0, 5), attempt: 2 }]);
  expect(await claim(retryAt, first)).toEqual([{ ...keptOf(0, 2), attempt: 2 }]);
  const [dead] = await eventStore.deadLetters(100, first);
  expect(await eventStore.revive([dead?.id ?? ""], first)).toBe(1);
  expect(await claim(retryAt, first)).toEqual([]);
  expect(await claim(retryAt + 20 * leaseTime, first)).toContainEqual({
    ...keptOf(0, 3),
    attempt: 1,
  });
}

/** An event as a store gives it back. */
function keptOf(delivery: number, place: number): KeptEvent {
  const { digest, deliveryId, receivedAt, events } = deliveries[delivery] ?? expect.unreachable();
  const { payload } = events[place] ?? expect.unreachable();
  return { id: expect.any(String), payload, index: place, digest, deliveryId, receivedAt };
}
