import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../support/harness.ts";

interface Page {
  readonly ids: string[];
  readonly after: string | null;
  readonly before: string | null;
}

async function page({ call }: Harness, query = "", path = "/vehicles"): Promise<Page> {
  const { status, body } = await call("GET", path + query);
  expect(status).toBe(200);
  return { ids: body.data.map(({ id }: { id: string }) => id), ...body.pagination };
}

const newestFirst = ({ sandbox }: Harness) => sandbox.devices.list().map(({ id }) => id);

describe("paging", () => {
  it("visits everything once in both directions, whatever the page size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(25), fc.integer({ min: 1, max: 9 }), async (count, pageSize) => {
        const harness = createHarness({ fleet: { users: 1, vehiclesPerUser: count } });
        const forward: Page[] = [await page(harness, `?pageSize=${pageSize}`)];
        for (let last = forward[0]; last?.after != null; last = forward.at(-1)) {
          forward.push(await page(harness, `?pageSize=${pageSize}&after=${last.after}`));
        }
        expect(forward.flatMap(({ ids }) => ids)).toEqual(newestFirst(harness));
        expect(forward[0]?.before).toBeNull();
        const backward = forward.slice(-1);
        for (let last = backward[0]; last?.before != null; last = backward[0]) {
          backward.unshift(await page(harness, `?pageSize=${pageSize}&before=${last.before}`));
        }
        expect(backward).toEqual(forward);
      }),
      { numRuns: 25 },
    );
  });

  it("neither skips nor repeats while vehicles come and go", async () => {
    const change = fc.constantFrom("add", "remove seen", "nothing");
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const harness = createHarness({ fleet: { users: 1, vehiclesPerUser: 12 } });
        const { devices } = harness.sandbox;
        const expected = newestFirst(harness);
        const seen: string[] = [];
        let cursor: string | null = "";
        for (let step = 0; cursor !== null; step++) {
          const next: Page = await page(harness, `?pageSize=2${cursor && `&after=${cursor}`}`);
          seen.push(...next.ids);
          cursor = next.after;
          const [first] = next.ids;
          if (changes[step] === "add") devices.add("user-1", "vehicle");
          if (changes[step] === "remove seen" && first !== undefined) devices.remove(first);
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it("leads back to what was added meanwhile", async () => {
    const harness = createHarness({ fleet: { users: 1, vehiclesPerUser: 4 } });
    const first = await page(harness, "?pageSize=2");
    const second = await page(harness, `?pageSize=2&after=${first.after}`);
    const added = harness.sandbox.devices.add("user-1", "vehicle");
    const back = await page(harness, `?pageSize=2&before=${second.before}`);
    expect(back.ids).toEqual(first.ids);
    expect((await page(harness, `?pageSize=2&before=${back.before}`)).ids).toEqual([added.id]);
  });

  it("leads on from a page that has become empty", async () => {
    const harness = createHarness({ fleet: { users: 1, vehiclesPerUser: 3 } });
    const [newest, middle, oldest] = newestFirst(harness);
    const { after } = await page(harness, "?pageSize=2");
    harness.sandbox.devices.remove(String(oldest));
    const empty = await page(harness, `?pageSize=2&after=${after}`);
    expect(empty).toMatchObject({ ids: [], after: null });
    expect((await page(harness, `?before=${empty.before}`)).ids).toEqual([newest, middle]);
  });

  it("gives 50 entries by default, of all users or of one", async () => {
    const harness = createHarness({ fleet: { users: 3, vehiclesPerUser: 30, chargersPerUser: 1 } });
    expect((await page(harness)).ids).toHaveLength(50);
    expect((await page(harness, "", "/users/user-2/vehicles")).ids).toHaveLength(30);
    expect((await page(harness, "", "/chargers")).ids).toHaveLength(3);
    expect((await page(harness, "", "/users/user-2/chargers")).ids).toHaveLength(1);
    expect((await page(harness, "?pageSize=2", "/users")).ids).toEqual(["user-3", "user-2"]);
  });

  it("uses cursors that are safe in a URL", async () => {
    const harness = createHarness({ fleet: { users: 1, vehiclesPerUser: 9 } });
    const { after } = await page(harness, "?pageSize=3");
    expect(after).toMatch(/^[\w-]+$/);
  });

  it("refuses bad parameters", async () => {
    const harness = createHarness({ fleet: { users: 2, vehiclesPerUser: 2, chargersPerUser: 2 } });
    const { after } = await page(harness, "?pageSize=1");
    const { after: ofChargers } = await page(harness, "?pageSize=1", "/chargers");
    for (const query of [
      "pageSize=0",
      "pageSize=-1",
      "pageSize=1.5",
      "pageSize=ten",
      "pageSize=",
      "pageSize=1e2",
      "after=nonsense",
      "after=%E2%82%AC",
      `after=${ofChargers}`,
      `after=${after}&before=${after}`,
    ]) {
      const { status, body } = await harness.call("GET", `/vehicles?${query}`);
      expect([query, status]).toEqual([query, 400]);
      expect(body.type).toBe("https://developers.enode.com/api/problems/bad-request");
    }
  });

  it("serves a fleet of 10,000 vehicles", async () => {
    const harness = createHarness({ fleet: { users: 5_000, vehiclesPerUser: 2 } });
    const { ids } = await page(harness, "?pageSize=10000");
    expect(new Set(ids).size).toBe(10_000);
  });
});
