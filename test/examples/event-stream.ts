import { expect, onTestFinished } from "vitest";

/** A page that a browser shows, by its stream. */
export class EventStream {
  /** Settles when the server has ended the stream. */
  readonly ended: Promise<void>;
  /** Messages, as they came. */
  readonly messages: { tone: string; text: string; link: string }[] = [];
  #page = "";
  #lastId = "";
  #notify: () => void = () => undefined;

  readonly #stop: AbortController;

  private constructor(response: Response, stop: AbortController) {
    this.#stop = stop;
    onTestFinished(() => stop.abort());
    this.ended = this.#read(response).catch(() => undefined);
  }

  /** @param lastId The ID of the last message that the browser had before it lost its connection. */
  static async open(url: string, user: string, lastId?: string): Promise<EventStream> {
    const stop = new AbortController();
    const response = await fetch(url, {
      headers: { cookie: `user=${user}`, ...(lastId && { "last-event-id": lastId }) },
      signal: stop.signal,
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    return new EventStream(response, stop);
  }

  /** What a browser sends when it connects again. */
  get lastId(): string {
    return this.#lastId;
  }

  /** Loses the connection. */
  close(): void {
    this.#stop.abort();
  }

  /** Resolves once the page is as expected. */
  async until(check: (page: string) => boolean): Promise<void> {
    while (!check(this.#page)) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  async #read(response: Response): Promise<void> {
    let text = "";
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) this.#take(block);
      this.#notify();
    }
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(block)?.[1] ?? "";
    const id = field("id");
    if (id !== "") this.#lastId = id;
    if (field("event") === "page") this.#page = JSON.parse(field("data")).html;
    if (field("event") === "message") this.messages.push(JSON.parse(field("data")));
  }
}
