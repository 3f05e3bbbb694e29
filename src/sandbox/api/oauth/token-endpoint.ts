import { methodNotAllowed, unauthorized } from "../../http/problems.ts";
import { json } from "../../http/responses.ts";
import type { Random } from "../../shared/random.ts";
import type { SimulatedClock } from "../../shared/time/clock.ts";

/** Client ID and secret that the sandbox accepts at its token endpoint. */
export interface SandboxCredentials {
  /** ID of the client. */
  readonly clientId: string;
  /** Secret of the client; it follows from the seed. */
  readonly clientSecret: string;
}

/** The access tokens of a sandbox, for tests of expiry and revocation. */
export interface SandboxTokens {
  /** How many access tokens were issued so far. */
  readonly issued: number;
  /** Revokes every token issued so far: the API answers 401 to it. */
  revokeAll(): void;
}

export const TOKEN_PATH = "/oauth2/token";
export const DEFAULT_TOKEN_LIFETIME = 3599;

/** The token endpoint of the sandbox: issues tokens and checks them. */
export class TokenEndpoint implements SandboxTokens {
  readonly credentials: SandboxCredentials;
  readonly #random: Random;
  readonly #clock: SimulatedClock;
  readonly #lifetime: number;
  readonly #expiries = new Map<string, number>();
  #issued = 0;

  /** @param lifetime How long a token is valid, in seconds of the client's time, who reckons with them. */
  constructor(random: Random, clock: SimulatedClock, lifetime: number) {
    if (!Number.isFinite(lifetime) || lifetime <= 0) {
      throw new RangeError(
        'The sandbox option "tokenLifetime" must be a number of seconds above 0',
      );
    }
    this.#random = random;
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.credentials = { clientId: random.uuid(), clientSecret: random.text(40) };
  }

  get issued(): number {
    return this.#issued;
  }

  revokeAll(): void {
    this.#expiries.clear();
  }

  /** Invalidates the token of a request, if it has one that was issued here. */
  spoil(request: Request, how: "expired" | "revoked"): void {
    const token = bearerOf(request);
    if (token === undefined || !this.#expiries.has(token)) return;
    if (how === "revoked") this.#expiries.delete(token);
    else this.#expiries.set(token, Number.NEGATIVE_INFINITY);
  }

  /** How long a token is still valid, in words. */
  validityOf(token: string): string {
    const expiry = this.#expiries.get(token);
    if (expiry === undefined) return "unknown or revoked";
    const left = expiry - this.#clock.callerTime();
    if (left <= 0) return "expired";
    return left < 60_000
      ? `valid for ${Math.ceil(left / 1000)} s`
      : `valid for ${Math.floor(left / 60_000)} min`;
  }

  /** A token for a call of the sandbox itself, for a minute. It is not counted, and changes no later token. */
  mint(random: Random): string {
    return this.#accept(random.text(43), 60_000);
  }

  /** Throws a 401 unless the request has a valid token. */
  authorize(request: Request): void {
    const token = bearerOf(request);
    if (token === undefined)
      throw unauthorized("An access token is needed: Authorization: Bearer <token>");
    const expiry = this.#expiries.get(token);
    if (expiry === undefined) throw unauthorized("The access token is unknown or was revoked");
    if (expiry <= this.#clock.callerTime()) throw unauthorized("The access token has expired");
  }

  /** Answers `POST /oauth2/token`. */
  async exchange(request: Request): Promise<Response> {
    if (request.method !== "POST") throw methodNotAllowed(request.method, ["POST"]);
    if (!this.#knows(request.headers.get("authorization"))) {
      return oauthError(401, "invalid_client", "Client authentication failed", {
        "www-authenticate": "Basic",
      });
    }
    const form = await formOf(request);
    if (form === null) {
      return oauthError(
        400,
        "invalid_request",
        "The body must be application/x-www-form-urlencoded or multipart/form-data",
      );
    }
    const grant = form.get("grant_type");
    // A part of a multipart form may be a file.
    if (typeof grant !== "string")
      return oauthError(400, "invalid_request", "grant_type is missing");
    if (grant !== "client_credentials") {
      return oauthError(400, "unsupported_grant_type", "Only client_credentials is possible");
    }
    return json(
      200,
      { access_token: this.#issue(), token_type: "bearer", expires_in: this.#lifetime, scope: "" },
      { "cache-control": "no-store" },
    );
  }

  #issue(): string {
    this.#issued += 1;
    return this.#accept(this.#random.text(43), this.#lifetime * 1000);
  }

  #accept(token: string, lifetime: number): string {
    const now = this.#clock.callerTime();
    for (const [old, expiry] of this.#expiries) if (expiry <= now) this.#expiries.delete(old);
    this.#expiries.set(token, now + lifetime);
    return token;
  }

  #knows(header: string | null): boolean {
    const encoded = /^basic +(\S+) *$/i.exec(header ?? "")?.[1];
    if (encoded === undefined) return false;
    try {
      return atob(encoded) === `${this.credentials.clientId}:${this.credentials.clientSecret}`;
    } catch {
      return false;
    }
  }
}

function bearerOf(request: Request): string | undefined {
  return /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}

/**
 * The form in the body of a request; null when there is none. OAuth asks for a URL-encoded form, and a client in the
 * field gets its tokens by a multipart one.
 */
async function formOf(request: Request): Promise<URLSearchParams | FormData | null> {
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return new URLSearchParams(await request.text());
  }
  return /^multipart\/form-data\s*(;|$)/i.test(type) ? request.formData().catch(() => null) : null;
}

function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json(status, { error, error_description: description }, headers);
}
