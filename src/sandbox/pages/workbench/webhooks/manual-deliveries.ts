// By the wall clock: an endpoint that hangs is waited for no longer by the page.
const PATIENCE = 1_000;

/** Deliveries that were made by hand: the page waits for their outcomes only for a moment. */
export class ManualDeliveries {
  readonly #underway = new Map<string, number>();

  /** How many are on their way, by the ID of the webhook. */
  get underway(): ReadonlyMap<string, number> {
    return this.#underway;
  }

  /** Starts a delivery; returns its outcome, or undefined when it takes longer than a second. */
  async start<T>(webhookId: string, delivery: Promise<T>): Promise<T | undefined> {
    this.#add(webhookId, 1);
    const ended = delivery.finally(() => this.#add(webhookId, -1));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE);
    });
    try {
      return await Promise.race([ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #add(webhookId: string, change: number): void {
    const left = (this.#underway.get(webhookId) ?? 0) + change;
    if (left === 0) this.#underway.delete(webhookId);
    else this.#underway.set(webhookId, left);
  }
}
