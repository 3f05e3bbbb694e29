/** A message about the outcome of a command. */
export interface Notice {
  readonly message: string;
  readonly isFailure: boolean;
}

const MOST = 100;

/** The messages of the last commands, by the IDs that addresses hold: an address with a text could say anything. */
export class Notices {
  readonly #notices = new Map<string, Notice>();
  #last = 0;

  /** Keeps a message; returns its ID. */
  add(notice: Notice): string {
    this.#last += 1;
    const id = String(this.#last);
    this.#notices.set(id, notice);
    this.#notices.delete(String(this.#last - MOST));
    return id;
  }

  get(id: string): Notice | undefined {
    return this.#notices.get(id);
  }
}
