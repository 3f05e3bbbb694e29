// Live pages, by server-sent events. A page is a function of its user and its path; a stream calls it again when
// something of that user has changed, and sends what came out. So a stream needs no state of its own: a browser that
// was away gets the whole page at its next connection, and several tabs and processes need nothing from each other.
import type { Request, Response } from "express";

/** After a change, changes of so many ms are gathered. */
const GATHER = 200;
/** So often pages are made again without a change: ages grow, and other processes have changes, too. In ms. */
const TICK = 10_000;

/** What a stream sends, for one user. */
export interface Source {
  /** ID at Enode of the user whose changes count; undefined for one who never linked anything. */
  userId(): Promise<string | undefined>;
  /** The content of the page, as HTML. */
  page(): Promise<string>;
  /** Messages after the one with this ID, oldest first; the highest ID without messages for undefined. */
  messagesAfter(id: number | undefined): Promise<{ lastId: number; messages: readonly object[] }>;
}

/** The streams of this process. */
export class Live {
  readonly #streams = new Set<Stream>();
  readonly #onError: (error: unknown) => void;
  readonly #ticks: NodeJS.Timeout;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#ticks = setInterval(() => {
      for (const stream of this.#streams) stream.update();
    }, TICK);
  }

  /** Answers a request with a stream, which lasts until the browser or the server ends it. */
  open(request: Request, response: Response, source: Source): void {
    response.set({ "content-type": "text/event-stream", "x-accel-buffering": "no" });
    // How long browsers wait before they connect again, in ms.
    response.write("retry: 2000\n\n");
    // The header comes from a browser that has lost its connection, the query from a page that has opened a new one.
    const last = request.get("last-event-id") ?? request.query["after"];
    const lastId = typeof last === "string" && /^\d{1,15}$/.test(last) ? Number(last) : undefined;
    const stream = new Stream(response, source, lastId, this.#onError);
    this.#streams.add(stream);
    response.on("close", () => {
      stream.close();
      this.#streams.delete(stream);
    });
    stream.update();
  }

  /** Something of a user has changed, by the ID at Enode. */
  changed(userId: string | null): void {
    for (const stream of this.#streams) if (stream.concerns(userId)) stream.update();
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#ticks);
    for (const stream of this.#streams) stream.close();
  }
}

class Stream {
  readonly #response: Response;
  readonly #source: Source;
  readonly #onError: (error: unknown) => void;
  #userId: string | undefined;
  #lastId: number | undefined;
  #sent = "";
  #isBusy = false;
  #isStale = false;
  #isClosed = false;

  constructor(
    response: Response,
    source: Source,
    lastId: number | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#response = response;
    this.#source = source;
    this.#lastId = lastId;
    this.#onError = onError;
  }

  /** A user who had nothing until now may be any. */
  concerns(userId: string | null): boolean {
    return this.#userId === undefined || this.#userId === userId;
  }

  /** Sends what is new, soon; one update at a time, however many changes there are. */
  update(): void {
    this.#isStale = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#response.end();
  }

  async #run(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      try {
        await this.#send();
      } catch (error) {
        if (!this.#isClosed) this.#onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, GATHER));
    }
    this.#isBusy = false;
  }

  async #send(): Promise<void> {
    // A browser that does not read gets the newest state once it does.
    if (this.#response.writableNeedDrain)
      return void this.#response.once("drain", () => this.update());
    this.#userId ??= await this.#source.userId();
    const [page, { lastId, messages }] = await Promise.all([
      this.#source.page(),
      this.#source.messagesAfter(this.#lastId),
    ]);
    if (this.#isClosed) return;
    if (page !== this.#sent) this.#write("page", { html: page });
    // The browser sends the ID of the last one when it connects again.
    for (const message of messages) this.#write("message", message);
    if (lastId !== this.#lastId) this.#response.write(`id: ${lastId}\nevent: position\ndata:\n\n`);
    this.#sent = page;
    this.#lastId = lastId;
  }

  #write(event: string, data: object): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
