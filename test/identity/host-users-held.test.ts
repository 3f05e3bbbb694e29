import { describe, expect, it } from "vitest";
import { hosted, session } from "./support/hosted.ts";

const anna = "anna@example.com";

/** A client whose requests of one kind wait until they are let go, before or after Enode has done them. */
function holding(isHeld: (request: Request) => boolean, when: "before" | "after") {
  let release: (value?: unknown) => void = () => undefined;
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  let arrive: (value?: unknown) => void = () => undefined;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  let home: ReturnType<typeof hosted> | undefined;
  let isOn = false;
  home = hosted({
    async fetch(request) {
      const answer = () => home?.sandbox.fetch(request) ?? Response.error();
      if (!isOn || !isHeld(request)) return answer();
      const done = when === "after" ? await answer() : undefined;
      arrive();
      await gate;
      return done ?? answer();
    },
  });
  return {
    ...home,
    arrived,
    release,
    hold() {
      isOn = true;
    },
  };
}

const isLink = (request: Request) => request.url.endsWith("/link");

async function idsAtEnode({ enode }: Pick<ReturnType<typeof hosted>, "enode">) {
  return (await enode.users.list().toArray({ limit: 100 })).map(({ id }) => id);
}

describe("a scope that is held across the erasure of its user", () => {
  it("reads nothing any more, and links nobody", async () => {
    const home = hosted();
    const { enode, linkCar, sent } = home;
    const carId = await linkCar(anna);
    const held = enode.user({ hostUserId: anna });
    await held.vehicles.get(carId);
    await enode.users.erase(anna);
    sent.length = 0;
    for (const call of [
      () => held.vehicles.get(carId),
      () => held.vehicles.list(),
      () => held.vehicles.startCharging(carId),
      () => held.get(),
      () => held.link(session),
      () => held.locations.list(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "not_found", status: 404 });
    }
    expect(sent).toEqual([]);
    expect(await idsAtEnode(home)).toEqual([]);
  });

  it("is of the new user when the host links the same one again", async () => {
    const { enode, linkCar } = hosted();
    const oldCar = await linkCar(anna);
    const held = enode.user({ hostUserId: anna });
    await held.vehicles.get(oldCar);
    await enode.users.erase(anna);
    const newCar = await linkCar(anna);
    expect((await held.vehicles.list()).data.map(({ id }) => id)).toEqual([newCar]);
    await expect(held.vehicles.get(oldCar)).rejects.toMatchObject({ code: "not_found" });
  });

  it("stops reading when the erasure has only begun", async () => {
    const { enode, linkCar, storage } = hosted();
    const carId = await linkCar(anna);
    const held = enode.user({ hostUserId: anna });
    await held.vehicles.get(carId);
    await storage.userStore.beginErasure(enode.namespace, anna, Date.now());
    await expect(held.vehicles.get(carId)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe.each(["before", "after"] as const)(
  "a link session on its way, held up %s Enode has made it,",
  (when) => {
    it.each([
      [
        "the scope",
        (home: ReturnType<typeof hosted>) => home.enode.user({ hostUserId: anna }).link(session),
      ],
      [
        "users.link",
        (home: ReturnType<typeof hosted>) => home.enode.users.link({ hostUserId: anna }, session),
      ],
    ])("brings back nobody who is erased meanwhile, by %s", async (_, link) => {
      const home = holding(isLink, when);
      await home.linkCar(anna);
      home.hold();
      const linking = link(home).then(
        () => "linked",
        (error: unknown) => error,
      );
      await home.arrived;
      await home.enode.users.erase(anna);
      home.release();
      expect(await linking).toMatchObject({ name: "ConfigurationError", parameter: "hostUserId" });
      expect(await idsAtEnode(home)).toEqual([]);
    });
  },
);

describe("a link session whose answer got lost", () => {
  it("brings back nobody who was erased meanwhile", async () => {
    let erase: () => Promise<unknown> = async () => undefined;
    let isLost = false;
    const home = hosted({
      async fetch(request): Promise<Response> {
        if (!isLost || !isLink(request)) return home.sandbox.fetch(request);
        await erase();
        await home.sandbox.fetch(request);
        throw new TypeError("fetch failed");
      },
    });
    await home.linkCar(anna);
    isLost = true;
    erase = () => home.enode.users.erase(anna);
    await expect(home.enode.user({ hostUserId: anna }).link(session)).rejects.toThrow();
    expect(await idsAtEnode(home)).toEqual([]);
  });

  it("does not delete a user who is still there", async () => {
    let isLost = false;
    const home = hosted({
      async fetch(request): Promise<Response> {
        if (isLost && isLink(request)) throw new TypeError("fetch failed");
        return home.sandbox.fetch(request);
      },
    });
    await home.linkCar(anna);
    isLost = true;
    const linking = home.enode.user({ hostUserId: anna }).link(session);
    await expect(linking).rejects.toMatchObject({ name: "ConnectionError" });
    expect(await idsAtEnode(home)).toHaveLength(1);
  });
});
