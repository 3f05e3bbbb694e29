import type {
  LinkColorScheme,
  LinkLanguage,
  LinkSession,
  Scope,
  Vendor,
} from "../../../../generated/types.ts";
import { closest, type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import type { Random } from "../../shared/random.ts";
import type { Account } from "../../simulation/devices/account.ts";
import { type DeviceKind, kindsOf, vendors } from "../../simulation/devices/catalogue.ts";
import { checkSettings, type DeviceInput } from "../../simulation/devices/device-input.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import type { SandboxDevice } from "../../simulation/devices/wire.ts";
import { setValidity } from "../../simulation/world/credentials.ts";
import { addDevice } from "../../simulation/world/device-control.ts";
import { devicesOf, type UserRecord, type World } from "../../simulation/world/world.ts";

const LIFETIME = 24 * 3_600_000;

/** What the end user does in Link UI. */
export interface LinkCompletion {
  /** The vendor whose account the user connects. */
  readonly vendor: Vendor;
  /**
   * The devices of that account: how many of each device type, or one entry a device. By default one of each type
   * that the session asks for and the vendor has. An account that the user linked before keeps its devices; then
   * these are added to them, none by default.
   */
  readonly devices?: number | readonly DeviceInput[] | undefined;
}

const COMPLETION: KnownNames<LinkCompletion> = { vendor: true, devices: true };

/** The appearance of the Link UI of a session, and its return address. */
export interface Presentation {
  readonly language: LinkLanguage;
  readonly colorScheme?: LinkColorScheme | undefined;
  /** The address to which the browser returns. */
  readonly redirectUri: string;
}

/** The state of a link session. */
export interface Session {
  readonly userId: string;
  readonly presentation: Presentation;
  readonly expiresAt: number;
  /** The vendor that Link UI opens without a choice. */
  readonly vendor: string | undefined;
  readonly kinds: readonly string[];
  /** The scopes that a first link asks for; a relink keeps those that were granted. */
  readonly scopes: readonly Scope[] | undefined;
  readonly assetId: string | undefined;
  state: "open" | "used" | "ended";
}

/** Creates link sessions, and plays the end user who completes them. */
export class LinkSessions {
  readonly #world: World;
  readonly #random: Random;
  readonly #linkUrl: string;
  readonly #sessions = new Map<string, Session>();

  /** @param linkUrl Address of the Link UI, with no slash at its end. */
  constructor(world: World, random: Random, linkUrl: string) {
    this.#world = world;
    this.#random = random;
    this.#linkUrl = linkUrl;
  }

  open(session: Omit<Session, "expiresAt" | "state">): LinkSession {
    const linkToken = this.#random.text(48);
    const expiresAt = this.#world.now() + LIFETIME;
    this.#sessions.set(linkToken, { ...session, expiresAt, state: "open" });
    return { linkUrl: `${this.#linkUrl}/${linkToken}`, linkToken };
  }

  /** The session with this link token, if there is one. */
  find(
    linkToken: string,
  ): (Omit<Session, "state"> & { state: Session["state"] | "expired" }) | undefined {
    const session = this.#sessions.get(linkToken);
    if (session === undefined) return undefined;
    const isOver = session.state === "open" && session.expiresAt <= this.#world.now();
    return isOver ? { ...session, state: "expired" } : { ...session };
  }

  /** The open sessions of a user, oldest first. */
  openOf(userId: string): (Session & { readonly linkUrl: string })[] {
    return [...this.#sessions]
      .filter(([, { userId: id, state }]) => id === userId && state === "open")
      .filter(([, { expiresAt }]) => expiresAt > this.#world.now())
      .map(([linkToken, session]) => ({ ...session, linkUrl: `${this.#linkUrl}/${linkToken}` }));
  }

  /** Ends the open sessions of a user. */
  endSessions(userId: string): void {
    for (const session of this.#sessions.values()) {
      if (session.userId === userId && session.state === "open") session.state = "ended";
    }
  }

  /** Plays the end user; returns the linked devices. */
  complete(linkToken: string, completion: LinkCompletion): SandboxDevice[] {
    refuseUnknownNames("completeLink()", completion, COMPLETION, { count: "devices" });
    const { vendor, devices } = completion;
    const session = this.#openSession(linkToken);
    const available = kindsOf(vendor);
    if (available.length === 0) {
      const meant = closest(String(vendor), vendors);
      throw new Error(
        `The sandbox has no devices of the vendor ${vendor}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      );
    }
    if (session.vendor !== undefined && session.vendor !== vendor) {
      throw new Error(`This link session is for ${session.vendor}, not for ${vendor}`);
    }
    const kinds = available.filter((kind) => session.kinds.includes(kind));
    if (kinds.length === 0) {
      const [asked, has] = [session.kinds.join(", "), available.join(", ")];
      throw new Error(`This link session asks for ${asked}; of ${vendor} the sandbox has ${has}`);
    }
    const inputs = toInputs(devices, kinds);
    const user = this.#world.ensureUser(session.userId);
    const isNew = !user.accounts.has(vendor);
    const account = this.#world.ensureAccount(user, vendor);
    grant(account, kinds, session.scopes, isNew);
    session.state = "used";
    setValidity(this.#world, user, account, true);
    if (session.assetId !== undefined) {
      this.#world.devices.get(session.assetId)?.clearInterventions();
    }
    const added = inputs ?? (isNew ? kinds.map((kind): DeviceInput => ({ kind })) : []);
    for (const input of added) addDevice(this.#world, user, account, input);
    return this.#linked(user, account, kinds);
  }

  #openSession(linkToken: string): Session {
    const session = this.#sessions.get(linkToken);
    if (session === undefined) throw new Error("There is no link session with this link token");
    if (session.state === "used") throw new Error("This link session was used already");
    if (session.state === "ended") throw new Error("This link session was ended with its user");
    if (session.expiresAt <= this.#world.now()) {
      throw new Error("This link session has expired: it lives for 24 hours");
    }
    return session;
  }

  #linked(user: UserRecord, account: Account, kinds: readonly DeviceKind[]): SandboxDevice[] {
    const linked = devicesOf(user).filter(
      (device) => device.account === account && kinds.includes(device.kind),
    );
    return linked.reverse().map((device: AnyDevice) => {
      device.updateScopes();
      return structuredClone(device.wire);
    });
  }
}

/** The devices to create, or undefined when the sandbox chooses them. */
function toInputs(
  devices: LinkCompletion["devices"],
  kinds: readonly DeviceKind[],
): DeviceInput[] | undefined {
  if (devices === undefined) return undefined;
  if (typeof devices === "number") {
    if (!Number.isSafeInteger(devices) || devices < 0) {
      throw new RangeError(`"devices" must be a whole number, 0 or more, not ${devices}`);
    }
    return kinds.flatMap((kind) => Array.from({ length: devices }, (): DeviceInput => ({ kind })));
  }
  const [first] = kinds;
  return devices.map((input): DeviceInput => {
    checkSettings(input);
    const kind = input.kind ?? first;
    // The spread widens the union of inputs; settings and kind still belong together.
    if (kind !== undefined && kinds.includes(kind)) return { ...input, kind } as DeviceInput;
    throw new Error(
      `This link session does not bring a ${String(kind)}; it brings ${kinds.join(", ")}`,
    );
  });
}

/** Records the consent of the user. */
function grant(
  account: Account,
  kinds: readonly DeviceKind[],
  scopes: readonly Scope[] | undefined,
  isNew: boolean,
): void {
  if (scopes !== undefined) {
    const isOfTheseKinds = (scope: Scope) => kinds.some((kind) => scope.startsWith(`${kind}:`));
    const kept = isNew ? [] : account.scopes.filter((scope) => !isOfTheseKinds(scope));
    account.scopes = [...kept, ...scopes.filter(isOfTheseKinds)];
  }
  for (const kind of kinds) account.kinds.add(kind);
}
