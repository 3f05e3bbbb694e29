import { describe, expect, it } from "vitest";
import { createWorld, day, eventOf, hour, start, vehicleAt } from "../support/world.ts";

const span = { deviceId: "car", from: start, to: start + day } as const;

function chargeAt(
  at: number,
  isCharging: boolean,
  chargeRate: number | null,
  batteryLevel: number,
) {
  return vehicleAt(at, { isCharging, chargeRate, batteryLevel });
}

const evening = [
  chargeAt(start + hour, false, null, 40),
  chargeAt(start + 2 * hour, true, 10, 40),
  chargeAt(start + 3 * hour, true, 6, 55),
  chargeAt(start + 3.5 * hour, false, null, 60),
];

describe("history.sessions", () => {
  it("have their beginning, end, energy and levels", async () => {
    const { history } = createWorld();
    await history.apply(evening);
    expect(await history.sessions(span)).toEqual([
      {
        deviceId: "car",
        userId: "anna",
        from: new Date(start + 2 * hour),
        to: new Date(start + 3.5 * hour),
        kwh: 13,
        levelBefore: 40,
        levelAfter: 60,
        locationId: null,
        cost: null,
      },
    ]);
  });

  it("are whole, also at the edges of the time", async () => {
    const { history } = createWorld();
    await history.apply(evening);
    const [session] = await history.sessions({
      ...span,
      from: start + 3 * hour,
      to: start + 3.1 * hour,
    });
    expect(session).toMatchObject({
      from: new Date(start + 2 * hour),
      to: new Date(start + 3.5 * hour),
      kwh: 13,
    });
    expect(await history.sessions({ ...span, from: start + 3.5 * hour })).toEqual([]);
  });

  it("go on without an end", async () => {
    const world = createWorld();
    world.now = start + 3 * hour;
    await world.history.apply(evening.slice(0, 2));
    expect(await world.history.sessions(span)).toMatchObject([{ to: undefined, kwh: 10 }]);
  });

  it("end where nothing is known any more", async () => {
    const { history } = createWorld({ maxAge: 2 * hour });
    await history.apply(evening.slice(0, 2));
    expect(await history.sessions(span)).toMatchObject([
      { to: new Date(start + 4 * hour), kwh: 20 },
    ]);
  });

  it("are told by the state of the power where the device says no more", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { isCharging: null, powerDeliveryState: "PLUGGED_IN:CHARGING" }),
      vehicleAt(start + hour, { isCharging: null, powerDeliveryState: "PLUGGED_IN:STOPPED" }),
    ]);
    expect(await history.sessions(span)).toMatchObject([
      { from: new Date(start), to: new Date(start + hour), kwh: null },
    ]);
  });

  it("have the place of a car that was parked long before, and none of one that is away", async () => {
    const { history } = createWorld();
    const placeAt = (at: number, id: string | null) =>
      eventOf(
        "vehicle",
        { id: "car", location: { id, lastUpdated: new Date(at).toISOString() } },
        { at },
      );
    await history.apply([placeAt(start - day, "home"), ...evening]);
    expect(await history.sessions(span)).toMatchObject([{ locationId: "home" }]);
    await history.maintain();
    expect(await history.sessions(span)).toMatchObject([{ locationId: "home" }]);
    await history.apply(placeAt(start, null));
    expect(await history.sessions(span)).toMatchObject([{ locationId: null }]);
  });

  it("cost what the tariff says, by the clocks of its place", async () => {
    const { history } = createWorld();
    await history.apply(evening);
    const rates = [
      { name: "day", cost: "0.30" },
      { name: "night", cost: "0.10" },
    ];
    const costBy = async (intervals: object[]) => {
      const [session] = await history.sessions({
        ...span,
        tariff: { rates, intervals: intervals as never },
        timeZone: "Europe/Oslo",
      });
      return session?.cost;
    };
    // 10 kWh from 4:00 to 5:00 in Oslo, then 3 kWh to 5:30. It was a Monday.
    const night = { name: "night", from: "22:00", to: "05:00" };
    const light = { name: "day", from: "05:00", to: "22:00" };
    expect(await costBy([night, light])).toBeCloseTo(10 * 0.1 + 3 * 0.3);
    expect(await costBy([{ ...night, weekdays: [6] }, light])).toBeCloseTo(10 * 0.1 + 3 * 0.3);
    expect(await costBy([{ name: "day", from: "00:00", to: "24:00" }])).toBeCloseTo(3.9);
    // Part of it has no price.
    expect(await costBy([light])).toBeNull();
    await expect(costBy([{ ...light, name: "dusk" }])).rejects.toThrow(
      "a rate that the tariff has not",
    );
    await expect(costBy([{ ...light, to: "25:00" }])).rejects.toThrow("HH:mm");
  });

  it("need the time zone of a tariff", async () => {
    const { history } = createWorld();
    const tariff = { rates: [], intervals: [] };
    await expect(history.sessions({ ...span, tariff })).rejects.toThrow("timeZone");
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["without rates", { intervals: [] }],
    ["with a rate that is none", { rates: [null], intervals: [] }],
    ["with an interval that is none", { rates: [], intervals: [null] }],
    ...[9, "1", [7], ["1"]].map((weekdays): [string, unknown] => [
      `with the weekdays ${JSON.stringify(weekdays)}`,
      {
        rates: [{ name: "day", cost: "1" }],
        intervals: [{ name: "day", from: "00:00", to: "24:00", weekdays }],
      },
    ]),
  ])("refuse a tariff %s", async (_, tariff) => {
    const { history } = createWorld();
    await expect(
      history.sessions({ ...span, tariff: tariff as never, timeZone: "UTC" }),
    ).rejects.toMatchObject({ name: "ConfigurationError", parameter: "tariff" });
  });
});
