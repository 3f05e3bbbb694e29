import { apiVersion } from "../../generated/version.ts";
import { invalidArgument, invalidOption } from "../errors/configuration.ts";
import type {
  CommonOptions,
  CredentialOptions,
  EnodeOptions,
  Environment,
  RequestOptions,
  TokenProvider,
  TokenProviderOptions,
} from "../options.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { type OptionalMembers, withoutUndefined } from "../shared/optional.ts";
import type { Storage } from "../storage/contracts/index.ts";
import { checkAddress, checkCredential, isRecord } from "./request/checks.ts";
import { checkHeaders } from "./request/headers.ts";

/** Checked options, with their defaults. Options without a default may be missing. */
export interface ResolvedOptions extends CommonOptions {
  clientId: string;
  clientSecret: string | (() => string | Promise<string>) | undefined;
  tokenProvider: TokenProvider | undefined;
  apiVersion: string;
  timeout: number;
  maxRetries: number;
  maxResponseBytes: number;
  headers: Readonly<Record<string, string>>;
  validate: "off" | "report" | "throw";
  baseUrl: string;
  tokenUrl: string;
}

/** The domain of all hosts of an environment. */
const domainOf = (environment: Environment) => `.${environment}.enode.io`;

/** The longest time of a timer, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;

/** The largest answer that fits into a string, in bytes. */
const mostResponseBytes = 2 ** 28;

/** The highest limit of a host, of requests in flight or in a second. */
const mostPerClient = 10_000;

const requestOptions: KnownNames<RequestOptions> = {
  signal: 0,
  timeout: 0,
  deadline: 0,
  maxRetries: 0,
  headers: 0,
};

const clientOptions: KnownNames<CommonOptions & CredentialOptions> &
  KnownNames<TokenProviderOptions> = {
  environment: 0,
  apiVersion: 0,
  tokenStore: 0,
  storage: 0,
  fetch: 0,
  transport: 0,
  timeout: 0,
  deadline: 0,
  maxRetries: 0,
  maxResponseBytes: 0,
  maxConcurrency: 0,
  maxRequestsPerSecond: 0,
  headers: 0,
  logger: 0,
  hooks: 0,
  validate: 0,
  onDrift: 0,
  baseUrl: 0,
  tokenUrl: 0,
  clientId: 0,
  clientSecret: 0,
  tokenProvider: 0,
};

/** Names of the same options elsewhere: in the environment, the sandbox, other libraries. */
const aliases = {
  apiUrl: "baseUrl",
  oauthUrl: "tokenUrl",
  authUrl: "tokenUrl",
  id: "clientId",
  secret: "clientSecret",
  retries: "maxRetries",
  abortSignal: "signal",
  store: "storage",
};

/** What the client calls of each store. */
const storeMethods = {
  tokenStore: "get set delete",
  userStore: "link get beginErasure listErasing remove",
  deviceStore: "upsert get listByUser remove",
  eventStore: "erase",
  activityLog: "erase",
  readingStore: "erase",
} as const;

type StoreName = keyof typeof storeMethods;

/**
 * Checks options and fills in the defaults.
 *
 * @throws ConfigurationError naming the first invalid option.
 */
export function resolveOptions(options: EnodeOptions): ResolvedOptions {
  if (typeof options !== "object" || options === null) {
    throw invalidOption("options", "new Enode() takes an object of options.");
  }
  refuseUnknownNames("Enode", options, clientOptions, aliases);
  const environment = checkEnvironment(options.environment);
  const credentials = checkCredentials(options);
  if (!["off", "report", "throw"].includes(options.validate ?? "off")) {
    throw invalidOption("validate", 'validate must be "off", "report" or "throw".');
  }
  checkFunction(options.fetch, "fetch");
  checkFunction(options.onDrift, "onDrift");
  checkTransport(options);
  checkStore("tokenStore", options.tokenStore);
  checkStorage(options.storage);
  checkDuration(options.deadline, "deadline");
  checkAmount(options.maxConcurrency, "maxConcurrency", mostPerClient);
  checkAmount(options.maxRequestsPerSecond, "maxRequestsPerSecond", mostPerClient, "number");
  return {
    ...options,
    ...credentials,
    apiVersion: checkApiVersion(options.apiVersion),
    timeout: checkDuration(options.timeout, "timeout") ?? 10_000,
    maxRetries: checkRetries(options.maxRetries) ?? 3,
    maxResponseBytes:
      checkAmount(options.maxResponseBytes, "maxResponseBytes", mostResponseBytes) ??
      64 * 1024 * 1024,
    headers: checkHeaders(options.headers ?? {}, "headers"),
    validate: options.validate ?? "off",
    // Paths of operations begin with a slash.
    baseUrl: checkUrl(
      options.baseUrl ?? `https://enode-api${domainOf(environment)}`,
      "baseUrl",
      environment,
    ).replace(/\/+$/, ""),
    tokenUrl: checkUrl(
      options.tokenUrl ?? `https://oauth${domainOf(environment)}/oauth2/token`,
      "tokenUrl",
      environment,
    ),
  };
}

/**
 * Options from the environment variables ENODE_CLIENT_ID, ENODE_CLIENT_SECRET, ENODE_ENVIRONMENT and,
 * if set, ENODE_API_URL and ENODE_TOKEN_URL. What is passed wins over them.
 *
 * @throws ConfigurationError naming the variable that is missing.
 */
export function optionsFromEnv(options: OptionalMembers<EnodeOptions> = {}): EnodeOptions {
  // Without types undefined is easily passed; it must not replace a configured address by the default.
  const overrides = withoutUndefined(options);
  const env: Record<string, string | undefined> = globalThis.process?.env ?? {};
  const read = (name: string) => env[name]?.trim() || undefined;
  const needed = (name: string) => {
    const value = read(name);
    if (value !== undefined) return value;
    throw invalidOption(name, `Set the environment variable ${name}.`);
  };
  const baseUrl = read("ENODE_API_URL");
  const tokenUrl = read("ENODE_TOKEN_URL");
  const fromEnv = {
    environment: overrides.environment ?? (needed("ENODE_ENVIRONMENT") as Environment),
    ...(baseUrl && { baseUrl }),
    ...(tokenUrl && { tokenUrl }),
  };
  if (overrides.tokenProvider) {
    return { ...fromEnv, ...overrides } as EnodeOptions;
  }
  return {
    ...fromEnv,
    ...overrides,
    clientId: overrides.clientId ?? needed("ENODE_CLIENT_ID"),
    clientSecret: overrides.clientSecret ?? needed("ENODE_CLIENT_SECRET"),
  } as EnodeOptions;
}

/** Checks the options of one call, and refuses unknown ones. */
export function checkCallOptions(operation: string, options: RequestOptions): void {
  checkRequestOptions(options);
  refuseUnknownNames(operation, options, requestOptions, aliases);
}

/** Checks the options that every call takes, and ignores others. */
export function checkRequestOptions(options: RequestOptions): void {
  if (!isRecord(options)) throw invalidArgument("options", "options must be an object of options.");
  checkDuration(options.timeout, "timeout");
  checkDuration(options.deadline, "deadline");
  checkRetries(options.maxRetries);
  if (options.signal !== undefined && typeof options.signal?.addEventListener !== "function") {
    throw invalidArgument("signal", "signal must be an AbortSignal.");
  }
}

function checkEnvironment(environment: unknown): Environment {
  if (environment === "production" || environment === "sandbox") return environment;
  throw invalidOption(
    "environment",
    'environment must be "production" or "sandbox"; it says which world the credentials belong to.',
  );
}

function checkCredentials(options: EnodeOptions) {
  const { clientId, clientSecret, tokenProvider } = options;
  if (tokenProvider !== undefined) {
    checkFunction(tokenProvider, "tokenProvider");
    if (clientSecret !== undefined) {
      throw invalidOption("tokenProvider", "Pass either clientSecret or tokenProvider, not both.");
    }
    if (clientId === undefined && (options.tokenStore ?? options.storage) !== undefined) {
      throw invalidOption("clientId", "Stores need the clientId: it is part of their keys.");
    }
    const id = clientId === undefined ? "" : checkCredential(clientId, "clientId");
    return { clientId: id, clientSecret: undefined, tokenProvider };
  }
  return {
    clientId: checkCredential(clientId, "clientId"),
    clientSecret:
      typeof clientSecret === "function"
        ? clientSecret
        : checkCredential(clientSecret, "clientSecret"),
    tokenProvider: undefined,
  };
}

function checkUrl(value: string, parameter: string, environment: Environment): string {
  const url = checkAddress(value, parameter, invalidOption);
  if (url.username || url.password || url.search || url.hash) {
    throw invalidOption(
      parameter,
      `${parameter} must hold neither credentials, query nor fragment.`,
    );
  }
  const other = environment === "production" ? "sandbox" : "production";
  if (url.host.endsWith(domainOf(other))) {
    throw invalidOption(
      parameter,
      `${parameter} is an address of ${other}, not of ${environment}.`,
    );
  }
  return url.href;
}

function checkApiVersion(version: string = apiVersion): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(version)) return version;
  throw invalidOption("apiVersion", `apiVersion must be a date such as ${apiVersion}.`);
}

function checkStorage(storage: Storage | undefined): void {
  if (storage === undefined) return;
  checkMethods("storage", storage, "describe", ", such as sqliteStorage({ path })");
  for (const name of Object.keys(storeMethods) as StoreName[]) checkStore(name, storage[name]);
}

function checkTransport({ transport, fetch }: EnodeOptions): void {
  if (transport === undefined) return;
  checkMethods("transport", transport, "open", ", such as undiciTransport()");
  if (fetch) throw invalidOption("transport", "Pass either transport or fetch, not both.");
}

function checkStore(name: StoreName, store: unknown): void {
  if (store !== undefined) checkMethods(name, store, storeMethods[name]);
}

function checkMethods(parameter: string, value: unknown, names: string, example = ""): void {
  const methods = Object(value) as Record<string, unknown>;
  if (names.split(" ").every((name) => typeof methods[name] === "function")) return;
  throw invalidOption(
    parameter,
    `${parameter} must be an object with the methods ${names}${example}.`,
  );
}

function checkDuration(value: number | undefined, parameter: string): number | undefined {
  return checkAmount(value, parameter, longestTimer, "number of milliseconds", invalidArgument);
}

function checkRetries(value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
  throw invalidArgument(
    "maxRetries",
    `maxRetries must be a whole number from 0, but it is ${value}.`,
  );
}

function checkAmount(
  value: number | undefined,
  parameter: string,
  most: number,
  kind: "number" | "whole number" | "number of milliseconds" = "whole number",
  refusal = invalidOption,
): number | undefined {
  const isKind = kind === "whole number" ? Number.isInteger(value) : typeof value === "number";
  if (value === undefined || (isKind && value > 0 && value <= most)) return value;
  throw refusal(
    parameter,
    `${parameter} must be a ${kind} above 0 and at most ${most}, but it is ${value}.`,
  );
}

function checkFunction(value: unknown, parameter: string): void {
  if (value === undefined || typeof value === "function") return;
  throw invalidOption(parameter, `${parameter} must be a function.`);
}
