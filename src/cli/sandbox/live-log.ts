import type { RequestEntry } from "../../sandbox/app/request-log.ts";
import type { SandboxServer } from "../../sandbox/index.ts";
import type { DeliveryEntry } from "../../sandbox/webhooks/delivery-log.ts";
import { printable, type Terminal } from "../shared/terminal.ts";

/** How the log is shown: not at all, for people, or for programs. */
export type LogFormat = "quiet" | "text" | "json";

/** Shows each request to the sandbox and each delivery of it on stderr. */
export class LiveLog {
  readonly #terminal: Terminal;
  readonly #format: LogFormat;

  constructor(terminal: Terminal, format: LogFormat) {
    this.#terminal = terminal;
    this.#format = format;
  }

  follow(server: Pick<SandboxServer, "requests" | "deliveries">): void {
    if (this.#format === "quiet") return;
    server.requests.subscribe((entry) => this.#request(entry));
    server.deliveries.subscribe((entry) => this.#delivery(entry));
  }

  /** Tells of something that needs attention, also when the log is quiet. */
  notice(message: string): void {
    if (this.#format === "json") this.#json({ type: "notice", message });
    else this.#terminal.warn(message);
  }

  #request(entry: RequestEntry): void {
    if (this.#format === "json") {
      this.#json({ type: "request", ...entry });
      return;
    }
    const { at, method, path, status, duration, operation, fault } = entry;
    this.#line(at, [
      method,
      printable(path),
      this.#status(status),
      `${Math.round(duration)} ms`,
      this.#terminal.styledAside("dim", operation ?? "no such operation"),
      ...(fault === null
        ? []
        : [this.#terminal.styledAside("yellow", `fault: ${printable(fault)}`)]),
    ]);
  }

  #delivery(entry: DeliveryEntry): void {
    if (this.#format === "json") {
      this.#json({ type: "delivery", ...entry });
      return;
    }
    const { at, url, events, status, reason, attempt } = entry;
    this.#line(at, [
      "->",
      printable(url),
      `${events} ${events === 1 ? "event" : "events"}`,
      this.#status(status),
      ...(attempt === 1 ? [] : [`attempt ${attempt}`]),
      ...(reason === null ? [] : [printable(reason)]),
    ]);
  }

  #line(at: string, parts: readonly string[]): void {
    const time = this.#terminal.styledAside("dim", at.slice(11, 19));
    this.#terminal.tell([time, ...parts].join(" "));
  }

  #status(status: number | null): string {
    const isGood = status !== null && status < 400;
    const style = isGood ? "green" : status !== null && status < 500 ? "yellow" : "red";
    return this.#terminal.styledAside(style, status === null ? "no answer" : String(status));
  }

  #json(entry: object): void {
    this.#terminal.tell(JSON.stringify(entry));
  }
}
