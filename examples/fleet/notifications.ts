// What users are told, and when: once for each thing that happened, whatever is delivered twice.
import type { Cars } from "./cars.ts";
import type { Command } from "./commands.ts";
import type { Notification, NotificationStore } from "./notification-store.ts";
import type { AppUser } from "./users.ts";

/** Tells users what happened. */
export class Notifications {
  readonly #store: NotificationStore;
  readonly #cars: Cars;
  readonly #namespace: string;
  readonly #onAdded: (userId: string) => void;

  constructor(parts: {
    store: NotificationStore;
    cars: Cars;
    /** That of the Enode client. */
    namespace: string;
    onAdded: (userId: string) => void;
  }) {
    this.#store = parts.store;
    this.#cars = parts.cars;
    this.#namespace = parts.namespace;
    this.#onAdded = parts.onAdded;
  }

  /** A command of a user has ended; that it has worked is seen on the page. */
  async commandEnded(user: AppUser, deviceId: string, command: Command): Promise<void> {
    if (command.state !== "failed") return;
    const [userId, car] = await Promise.all([
      this.#cars.userId(user),
      this.#cars.get(user, deviceId),
    ]);
    if (userId === undefined || car === undefined) return;
    const what = command.kind === "start" ? "did not start" : "did not stop";
    await this.#add({
      key: `command:${deviceId}:${command.at.toISOString()}`,
      userId,
      at: command.at,
      tone: "bad",
      text: `${car.name} ${what} to charge. ${command.reason ?? ""}`,
      link: `/cars/${deviceId}`,
    });
  }

  /** The latest notifications of a user, newest first. */
  async latest(user: AppUser): Promise<Notification[]> {
    const userId = await this.#cars.userId(user);
    return userId === undefined ? [] : this.#store.latest(this.#namespace, userId);
  }

  /** Those after one that a browser has shown; without one none, as what is old is in the list. */
  async after(user: AppUser, id: number | undefined) {
    const latest = await this.latest(user);
    const messages = id === undefined ? [] : latest.filter((each) => each.id > id).reverse();
    return {
      lastId: latest[0]?.id ?? id ?? 0,
      messages: messages.map(({ tone, text, link }) => ({ tone, text, link })),
    };
  }

  async #add(
    notification: Omit<Parameters<NotificationStore["add"]>[0], "namespace">,
  ): Promise<void> {
    await this.#store.add({ ...notification, namespace: this.#namespace });
    this.#onAdded(notification.userId);
  }
}
