// What users are told, and when: once for each thing that happened, whatever is delivered twice.
import type { Mirror, Transition } from "enode-sdk/mirror";
import { type Cars, nameOf } from "./cars.ts";
import type { Command } from "./commands.ts";
import type { Notification, NotificationStore } from "./notification-store.ts";
import { brandName } from "./pages/text.ts";
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

  /**
   * Tells of what the mirror sees happen. The handlers are part of the handling of an event: when the database is away,
   * the event comes again, and with it the notification.
   *
   * @returns The function that ends it.
   */
  attach(mirror: Mirror): () => void {
    const detach = [
      mirror.onTransition("vehicle:charging-completed", (transition) => {
        const { chargeState, information } = transition.device.data;
        const level = chargeState.batteryLevel === null ? "" : `, at ${chargeState.batteryLevel} %`;
        return this.#tell(transition, "good", `${nameOf(information)} is charged${level}.`);
      }),
      mirror.onTransition("credentials:invalid", (transition) => {
        const brand = brandName(transition.vendor);
        return this.#tell(
          transition,
          "bad",
          `Sign in to ${brand} again: your cars cannot be reached.`,
        );
      }),
      mirror.onTransition(
        "device:unreachable",
        (transition) => {
          if (transition.device.kind !== "vehicle") return;
          const name = nameOf(transition.device.data.information);
          return this.#tell(transition, "bad", `${name} is out of reach.`);
        },
        // Cars lose their connection in many a garage, and find it again.
        { settle: "10m" },
      ),
      mirror.onTransition(
        "vehicle:level-crossed",
        (transition) => {
          const name = nameOf(transition.device.data.information);
          return this.#tell(transition, "bad", `${name} is down to ${transition.level} %.`);
        },
        { below: 20 },
      ),
    ];
    return () => {
      for (const each of detach) each();
    };
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
  async after(
    user: AppUser,
    id: number | undefined,
  ): Promise<{ lastId: number; messages: Pick<Notification, "tone" | "text" | "link">[] }> {
    const latest = await this.latest(user);
    const messages = id === undefined ? [] : latest.filter((each) => each.id > id).reverse();
    return {
      lastId: latest[0]?.id ?? id ?? 0,
      messages: messages.map(({ tone, text, link }) => ({ tone, text, link })),
    };
  }

  async #tell(transition: Transition, tone: Notification["tone"], text: string): Promise<void> {
    const { id, userId, since } = transition;
    if (userId === null) return;
    const link = "device" in transition ? `/cars/${transition.device?.id}` : "/";
    // A handler that is called again for the same transition gets the same ID.
    await this.#add({ key: id, userId, at: since, tone, text, link });
  }

  async #add(
    notification: Omit<Parameters<NotificationStore["add"]>[0], "namespace">,
  ): Promise<void> {
    await this.#store.add({ ...notification, namespace: this.#namespace });
    this.#onAdded(notification.userId);
  }
}
