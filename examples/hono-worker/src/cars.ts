import type { Vehicle } from "enode-sdk";

/** What the app shows of a car. */
export interface Car {
  readonly id: string;
  readonly name: string;
  readonly batteryLevel: number | null;
  readonly isCharging: boolean | null;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly battery_level: number | null;
  readonly is_charging: 0 | 1 | null;
}

// Deliveries may come late, twice and in any order: an older reading changes nothing, and a car that was deleted stays so.
const KEEP = `
  INSERT INTO cars (id, user_id, name, battery_level, is_charging, seen_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    name = excluded.name,
    battery_level = excluded.battery_level,
    is_charging = excluded.is_charging,
    seen_at = excluded.seen_at
  WHERE is_deleted = 0 AND excluded.seen_at >= cars.seen_at`;

const FORGET = `
  INSERT INTO cars (id, user_id, name, seen_at, is_deleted) VALUES (?, ?, '', ?, 1)
  ON CONFLICT (id) DO UPDATE SET name = '', battery_level = NULL, is_charging = NULL, is_deleted = 1`;

/** Keeps what webhooks tell of cars, all in one round trip. */
export async function keepCars(
  db: D1Database,
  cars: readonly { userId: string; vehicle: Vehicle }[],
): Promise<void> {
  const statement = db.prepare(KEEP);
  await db.batch(
    cars.map(({ userId, vehicle: { id, information, chargeState, lastSeen } }) => {
      const name = information.displayName ?? `${information.brand} ${information.model}`;
      const { batteryLevel, isCharging } = chargeState;
      return statement.bind(id, userId, name, batteryLevel, isCharging, Date.parse(lastSeen));
    }),
  );
}

export async function forgetCar(db: D1Database, userId: string, id: string): Promise<void> {
  await db.prepare(FORGET).bind(id, userId, Date.now()).run();
}

export async function carsOf(db: D1Database, userId: string): Promise<Car[]> {
  const { results } = await db
    .prepare("SELECT * FROM cars WHERE user_id = ? AND is_deleted = 0 ORDER BY id")
    .bind(userId)
    .all<Row>();
  return results.map(({ id, name, battery_level, is_charging }) => ({
    id,
    name,
    batteryLevel: battery_level,
    isCharging: is_charging === null ? null : is_charging === 1,
  }));
}
