import { scopes as knownScopes } from "../../../../generated/kinds.ts";
import type {
  LinkColorScheme,
  LinkLanguage,
  LinkSession,
  LinkSessionRequest,
  RelinkSessionRequest,
  Scope,
  Vendor,
} from "../../../../generated/types.ts";
import { checkBody, oneOf, optional, type Rule } from "../../http/body-validation.ts";
import type { RequestContext } from "../../http/handler.ts";
import { badRequest, forbidden } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import { closest, type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import type { Known } from "../../shared/open-enum.ts";
import type { Random } from "../../shared/random.ts";
import { type DeviceKind, kindsOf, vendors } from "../../simulation/devices/catalogue.ts";
import type { Account } from "../../simulation/devices/device.ts";
import {
  addDevice,
  checkSettings,
  type DeviceInput,
  type SandboxDevice,
} from "../../simulation/world/device-control.ts";
import {
  type AnyDevice,
  devicesOf,
  type UserRecord,
  type World,
} from "../../simulation/world/world.ts";
import { setValidity } from "../users/handlers.ts";

const LIFETIME = 24 * 3_600_000;

/** What the end user does in Link UI. */
export interface LinkCompletion {
  /** The vendor whose account the user connects. */
  readonly vendor: Vendor;
  /**
   * The devices of that account: how many of each device type, or one entry a device. By default one of each type
   * that the session asks for and the vendor has. An account that the user linked before brings its devices along;
   * then these come on top, none by default.
   */
  readonly devices?: number | readonly DeviceInput[] | undefined;
}

const COMPLETION: KnownNames<LinkCompletion> = { vendor: true, devices: true };

/** How the Link UI of a session looks, and where it leads. */
interface Presentation {
  readonly language: LinkLanguage;
  readonly colorScheme?: LinkColorScheme | undefined;
  /** Where the browser goes in the end. */
  readonly redirectUri: string;
}

/** A link session, as it stands. */
export interface Session {
  readonly userId: string;
  readonly presentation: Presentation;
  readonly expiresAt: number;
  /** The vendor that Link UI goes straight to. */
  readonly vendor: string | undefined;
  readonly kinds: readonly string[];
  /** What a first link asks for; a relink keeps what was granted. */
  readonly scopes: readonly Scope[] | undefined;
  readonly assetId: string | undefined;
  state: "open" | "used" | "ended";
}

/** The linking side of the sandbox: makes sessions, and plays the end user who completes them. */
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

  /** Ends the open sessions of a user. */
  endSessions(userId: string): void {
    for (const session of this.#sessions.values()) {
      if (session.userId === userId && session.state === "open") session.state = "ended";
    }
  }

  /** Plays the end user; returns the devices that are linked now. */
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

/** The devices to make, or undefined when the caller leaves them to the sandbox. */
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

/** Notes what the user has consented to. */
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

const LANGUAGES: Record<Known<LinkLanguage>, true> = {
  browser: true,
  "da-DK": true,
  "de-DE": true,
  "en-GB": true,
  "en-US": true,
  "es-ES": true,
  "fi-FI": true,
  "fr-FR": true,
  "it-IT": true,
  "ja-JP": true,
  "lt-LT": true,
  "lv-LV": true,
  "nb-NO": true,
  "nl-BE": true,
  "nl-NL": true,
  "pl-PL": true,
  "pt-PT": true,
  "ro-RO": true,
  "sv-SE": true,
};

const COLOR_SCHEMES: Record<LinkColorScheme, true> = { dark: true, light: true, system: true };

const typeOf = (scope: string) => scope.slice(0, scope.indexOf(":"));
const assetTypes = [...new Set(knownScopes.map(typeOf))];

const redirectUri: Rule = (value) => {
  if (typeof value !== "string" || !URL.canParse(value)) return "must be a URL";
  if (value.length > 500) return "must have 500 characters at most";
  return value.startsWith("about:") ? "must be an address of your own" : null;
};

const scopes: Rule = (value) => {
  if (!Array.isArray(value) || value.length === 0) return "must list at least one scope";
  const isScope = oneOf(knownScopes);
  const unknown = value.find((scope) => isScope(scope) !== null);
  if (unknown !== undefined) return `has the unknown scope ${JSON.stringify(unknown)}`;
  const bare = value.find((scope) => !value.includes(`${typeOf(scope)}:read:data`));
  return bare === undefined ? null : `must hold ${typeOf(bare)}:read:data next to ${bare}`;
};

const presentationOf = ({ language, colorScheme, redirectUri }: Presentation): Presentation => ({
  language,
  redirectUri,
  ...(colorScheme !== undefined && { colorScheme }),
});

const presentation = {
  language: oneOf(Object.keys(LANGUAGES)),
  redirectUri,
  colorScheme: optional(oneOf(Object.keys(COLOR_SCHEMES))),
};

export async function createLinkSession(call: RequestContext): Promise<Response> {
  const request = checkBody<LinkSessionRequest>(await call.body(), {
    vendor: optional(oneOf(vendors)),
    vendorType: optional(oneOf(assetTypes)),
    scopes,
    ...presentation,
  });
  const types = [...new Set(request.scopes.map(typeOf))];
  if (request.vendorType !== undefined && !types.includes(request.vendorType)) {
    const message = `must hold ${request.vendorType}:read:data for this vendorType`;
    throw badRequest(`The request is not valid: scopes ${message}`, [{ path: "scopes", message }]);
  }
  const { devices, connectionLimit } = call.world;
  if (devices.size >= connectionLimit) {
    const detail = `This client has used up its ${connectionLimit} connections`;
    throw forbidden(detail, "Connections limit reached.");
  }
  const userId = call.parameter("userId");
  call.world.ensureUser(userId);
  const session = call.links.open({
    userId,
    presentation: presentationOf(request),
    vendor: request.vendor,
    kinds: request.vendorType === undefined ? types : [request.vendorType],
    scopes: request.scopes,
    assetId: undefined,
  });
  return ok(session);
}

export async function relinkAsset(call: RequestContext): Promise<Response> {
  const request = checkBody<RelinkSessionRequest>(await call.body(), presentation);
  const device = call.world.devices.get(call.parameter("assetId"));
  if (device === undefined) throw badRequest("There is no device with this ID");
  const capabilities = device.capabilities();
  const needsHelp = capabilities.some(({ interventionIds }) => interventionIds.length > 0);
  if (device.account.isValid && !needsHelp) throw badRequest("This device is linked already");
  const session = call.links.open({
    userId: device.wire.userId,
    presentation: presentationOf(request),
    vendor: device.account.vendor,
    kinds: [...device.account.kinds],
    scopes: undefined,
    assetId: device.wire.id,
  });
  return ok(session);
}
