// Which page a path is. The server calls it for a request, and again and again for a page that is live.
import type { Cars } from "./cars.ts";
import type { ChargingHistory } from "./charging-history.ts";
import type { Commands } from "./commands.ts";
import type { Notifications } from "./notifications.ts";
import { carPage } from "./pages/car.ts";
import { fleetPage } from "./pages/fleet.ts";
import { historyView } from "./pages/history.ts";
import type { Page } from "./pages/layout.ts";
import { notificationsPage } from "./pages/notifications.ts";
import type { SmartCharging } from "./smart-charging.ts";
import type { AppUser } from "./users.ts";

/** Makes pages. */
export class Views {
  readonly #cars: Cars;
  readonly #commands: Commands;
  readonly #smartCharging: SmartCharging;
  readonly #history: ChargingHistory;
  readonly #notifications: Notifications;
  readonly #now: () => Date;

  constructor(parts: {
    cars: Cars;
    commands: Commands;
    smartCharging: SmartCharging;
    history: ChargingHistory;
    notifications: Notifications;
    now: () => Date;
  }) {
    this.#cars = parts.cars;
    this.#commands = parts.commands;
    this.#smartCharging = parts.smartCharging;
    this.#history = parts.history;
    this.#notifications = parts.notifications;
    this.#now = parts.now;
  }

  /** The page at a path for a user; undefined when there is none. */
  async page(user: AppUser, path: string): Promise<Page | undefined> {
    if (path === "/") return this.#fleet(user);
    if (path === "/notifications") {
      const all = await this.#notifications.latest(user);
      return notificationsPage(all, this.#now(), user.timeZone);
    }
    const id = /^\/cars\/([\w-]+)$/.exec(path)?.[1];
    return id === undefined ? undefined : this.#car(user, id);
  }

  async #fleet(user: AppUser): Promise<Page> {
    const [cars, signedOut] = await Promise.all([
      this.#cars.list(user),
      this.#cars.signedOut(user),
    ]);
    return fleetPage({ cars, signedOut, now: this.#now() });
  }

  async #car(user: AppUser, id: string): Promise<Page | undefined> {
    const car = await this.#cars.get(user, id);
    if (car === undefined) return undefined;
    const [command, smart, history, signedOut] = await Promise.all([
      car.vehicle && this.#commands.latest(car.vehicle.userId, id),
      car.vehicle && this.#smartCharging.status(user, car.vehicle),
      car.vehicle && this.#history.read(user, car),
      this.#cars.signedOut(user),
    ]);
    const now = this.#now();
    return carPage({
      car,
      command,
      smart,
      isSignedOut: signedOut.includes(car.vendor ?? ""),
      history: history && historyView(history, now, user.timeZone),
      now,
      timeZone: user.timeZone,
    });
  }
}
