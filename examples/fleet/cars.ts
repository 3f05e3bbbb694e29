// The cars of a user, as the mirror has them: a page that is opened costs no call.
import type { Enode, Vehicle } from "enode-sdk";
import type { Mirror } from "enode-sdk/mirror";
import type { AppUser } from "./users.ts";

/** A car. */
export interface Car {
  readonly id: string;
  readonly vendor: string | null;
  /** What its owner calls it. */
  readonly name: string;
  /** Brand and model. */
  readonly model: string;
  /** All that is known; undefined for one that was just discovered. */
  readonly vehicle: Vehicle | undefined;
  readonly observedAt: Date;
}

/** Reads cars. */
export class Cars {
  readonly #enode: Enode;
  readonly #mirror: Mirror;

  constructor(enode: Enode, mirror: Mirror) {
    this.#enode = enode;
    this.#mirror = mirror;
  }

  /** The ID of a user at Enode; undefined for one who never linked anything. */
  userId(user: Pick<AppUser, "id">): Promise<string | undefined> {
    return this.#enode.users.resolve(user.id);
  }

  /** The cars of a user, by name. */
  async list(user: AppUser): Promise<Car[]> {
    const userId = await this.userId(user);
    // `userId: undefined` is refused by the mirror: it must not list the cars of everybody.
    if (userId === undefined) return [];
    const devices = await this.#mirror.devices
      .list({ userId, kind: "vehicle" })
      .toArray({ limit: 500 });
    return devices.map(carOf).sort((one, other) => one.name.localeCompare(other.name));
  }

  /** A car of a user; undefined for any other. */
  async get(user: AppUser, id: string): Promise<Car | undefined> {
    const userId = await this.userId(user);
    const device = await this.#mirror.devices.get(id);
    if (device?.kind !== "vehicle" || userId === undefined || device.userId !== userId) {
      return undefined;
    }
    return carOf(device);
  }

  /** The accounts of a user that work no longer, by the names of their vendors. */
  async signedOut(user: AppUser): Promise<string[]> {
    const userId = await this.userId(user);
    const known = userId === undefined ? undefined : await this.#mirror.users.get(userId);
    const broken = known?.data.linkedVendors.filter(({ isValid }) => !isValid) ?? [];
    return [...new Set(broken.map(({ vendor }) => vendor))];
  }
}

type MirroredCar = Extract<
  NonNullable<Awaited<ReturnType<Mirror["devices"]["get"]>>>,
  { kind: "vehicle" }
>;

function carOf(device: MirroredCar): Car {
  const { id, vendor, observedAt } = device;
  const { information } = device.data;
  return {
    id,
    vendor,
    name: nameOf(information),
    model: modelOf(information),
    vehicle: device.partial ? undefined : device.data,
    observedAt,
  };
}

type Information = Partial<Vehicle["information"]> | null | undefined;

/** What its owner calls a car. */
export function nameOf(information: Information): string {
  return information?.displayName ?? (modelOf(information) || "A new car");
}

function modelOf(information: Information): string {
  return [information?.brand, information?.model].filter(Boolean).join(" ");
}
