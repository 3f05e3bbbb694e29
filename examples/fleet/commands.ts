// Commands to cars, and what came of them. A command is answered before the car has done anything: the action that it
// returns ends when the car confirms it, which an event tells.
import {
  type Enode,
  isActionCancelledError,
  isActionFailedError,
  isActionTimeoutError,
  isBadRequestError,
  isUnprocessableError,
} from "enode-sdk";
import type { Mirror, MirroredAction } from "enode-sdk/mirror";
import type { WebhookReceiver } from "enode-sdk/webhooks";

/** What can be done to a car. */
export type CommandKind = "start" | "stop";

/** A command, and what came of it. */
export interface Command {
  readonly kind: CommandKind;
  readonly at: Date;
  readonly state: "waiting" | "done" | "failed";
  /** Why it has failed. */
  readonly reason?: string;
}

/** Sends commands and follows them. Those of other processes, and of before a restart, are in the mirror. */
export class Commands {
  readonly #enode: Enode;
  readonly #mirror: Mirror;
  readonly #receiver: WebhookReceiver;
  readonly #now: () => Date;
  readonly #onEnd: (userId: string, deviceId: string, command: Command) => void;
  readonly #latest = new Map<string, Command>();
  readonly #stop = new AbortController();

  constructor(parts: {
    enode: Enode;
    mirror: Mirror;
    receiver: WebhookReceiver;
    now: () => Date;
    onEnd: (hostUserId: string, deviceId: string, command: Command) => void;
  }) {
    this.#enode = parts.enode;
    this.#mirror = parts.mirror;
    this.#receiver = parts.receiver;
    this.#now = parts.now;
    this.#onEnd = parts.onEnd;
  }

  /** The latest command to a car that is known to be the user's. */
  async latest(userId: string, deviceId: string): Promise<Command | undefined> {
    let latest = this.#latest.get(deviceId);
    for await (const action of this.#mirror.actions.list({ userId, deviceId })) {
      const command = commandOf(action);
      if (command && isNews(command, latest)) latest = command;
    }
    return latest;
  }

  /**
   * Sends a command. Returns as soon as Enode has taken it; `onEnd` gets what came of it.
   *
   * @throws NotFoundError for a car of somebody else, and what else calls throw.
   */
  async send(hostUserId: string, deviceId: string, kind: CommandKind): Promise<void> {
    const { vehicles } = this.#enode.user({ hostUserId });
    let command: Command = { kind, at: this.#now(), state: "waiting" };
    try {
      const action = await (kind === "start"
        ? vehicles.startCharging(deviceId)
        : vehicles.stopCharging(deviceId));
      command = { ...command, at: new Date(action.createdAt) };
      this.#latest.set(deviceId, command);
      const { signal } = this.#stop;
      vehicles.actions.wait(action, { receiver: this.#receiver, deadline: 600_000, signal }).then(
        () => this.#end(hostUserId, deviceId, { ...command, state: "done" }),
        (error: unknown) => {
          // The server stops; the car goes on, and the mirror will hear of it.
          if (signal.aborted) return;
          this.#end(hostUserId, deviceId, { ...command, state: "failed", reason: reasonOf(error) });
        },
      );
    } catch (error) {
      // It charges already, is not plugged in, or a plan is in charge of it: an answer rather than a fault.
      if (!isBadRequestError(error) && !isUnprocessableError(error)) throw error;
      const reason = error.problem?.detail ?? error.message;
      this.#latest.set(deviceId, { ...command, state: "failed", reason });
    }
  }

  /** Ends the waiting for cars. */
  close(): void {
    this.#stop.abort();
  }

  #end(hostUserId: string, deviceId: string, command: Command): void {
    this.#latest.set(deviceId, command);
    this.#onEnd(hostUserId, deviceId, command);
  }
}

/** A command as the mirror has it; undefined for anything but starting and stopping. */
function commandOf({ state, data }: MirroredAction): Command | undefined {
  if (!("kind" in data)) return undefined;
  const command = {
    kind: data.kind === "START" ? "start" : "stop",
    at: new Date(data.createdAt),
  } as const;
  if (state === "PENDING") return { ...command, state: "waiting" };
  if (state === "CONFIRMED") return { ...command, state: "done" };
  const reason = data.failureReason?.detail ?? "The car did not obey.";
  return { ...command, state: "failed", reason };
}

/** A later command, or the end of the same one. */
function isNews(command: Command, known: Command | undefined): boolean {
  const later = command.at.getTime() - (known?.at.getTime() ?? 0);
  return later > 0 || (later === 0 && command.state !== "waiting");
}

function reasonOf(error: unknown): string {
  if (isActionFailedError(error)) return error.failureReason?.detail ?? "The car did not obey.";
  if (isActionCancelledError(error)) return "It was cancelled.";
  if (isActionTimeoutError(error)) return "The car has not answered.";
  return "It is not known what came of it.";
}
