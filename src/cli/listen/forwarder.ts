import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { send } from "../shared/http.ts";
import { printable, type Terminal } from "../shared/terminal.ts";

/** As long as Enode waits for a handler, in ms. */
const TIMEOUT = 5_000;

/** What of a delivery the handler gets: the signature fits these bytes only. */
interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Takes deliveries on a port of this machine, prints them, and sends them on to a handler. */
export class Forwarder {
  readonly #to: URL;
  readonly #terminal: Terminal;
  readonly #server: Server;
  #last: Delivery | undefined;

  constructor(to: URL, terminal: Terminal) {
    this.#to = to;
    this.#terminal = terminal;
    this.#server = createServer((message, reply) => void this.#take(message, reply));
  }

  /** Starts to listen; returns the URL for deliveries. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `http://127.0.0.1:${port}/`;
  }

  /** Sends the last delivery once more. */
  async resend(): Promise<void> {
    if (this.#last === undefined) this.#terminal.warn("There was no delivery yet.");
    else await this.#forward(this.#last, " (sent again)");
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    let status = 400;
    try {
      const body = new Uint8Array(await buffer(message));
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(message.headers)) {
        if (/^(?:content-type$|x-enode-)/.test(name) && value !== undefined) {
          headers[name] = String(value);
        }
      }
      this.#last = { headers, body };
      status = await this.#forward(this.#last, "");
    } catch {
      // The sandbox has broken off, as it does when its time is over.
    }
    reply.writeHead(status).end();
  }

  /** Sends a delivery to the handler; returns the status for the sandbox. */
  async #forward({ headers, body }: Delivery, note: string): Promise<number> {
    const what = `${new Date().toISOString().slice(11, 19)} ${printable(summaryOf(body))}${note}`;
    try {
      const { status } = await send(this.#to, { method: "POST", headers, body }, TIMEOUT);
      const isTaken = status >= 200 && status < 300;
      const shown = this.#terminal.styled(isTaken ? "green" : "red", String(status));
      this.#terminal.print(`${what} -> ${shown}`);
      return status;
    } catch (error) {
      this.#terminal.print(`${what} -> ${this.#terminal.styled("red", "no answer")}`);
      this.#terminal.warn(error instanceof Error ? error.message : String(error));
      return 502;
    }
  }
}

/** The names of the events in a body, each with its number. */
function summaryOf(body: Uint8Array): string {
  let events: unknown;
  try {
    events = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return "a body that is no JSON";
  }
  const numbers = new Map<string, number>();
  for (const event of Array.isArray(events) ? events : [events]) {
    const name = String(Object(event).event);
    numbers.set(name, (numbers.get(name) ?? 0) + 1);
  }
  return Array.from(numbers, ([name, n]) => (n === 1 ? name : `${n} x ${name}`)).join(", ");
}
