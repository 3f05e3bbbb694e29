import { invalidOption } from "../errors/configuration.ts";
import type { UndiciTransportOptions } from "./options.ts";

/** An HTTP proxy. */
export interface HttpProxy {
  /** Its URL, without credentials. */
  readonly url: string;
  /** Value of its header `proxy-authorization`. */
  readonly authorization: string | undefined;
}

/** Says which proxy leads to a server, if any. */
export type ProxyChoice = (origin: string) => HttpProxy | undefined;

/** Environment variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxies of an option. Those of the environment are read once.
 *
 * @throws ConfigurationError for what is no URL of a proxy. It is never quoted: it may hold a password.
 */
export function chooseProxies(
  option: UndiciTransportOptions["proxy"],
  env: Environment = process.env,
): ProxyChoice {
  if (option === undefined) return () => undefined;
  if (option !== "env") {
    const proxy = parseProxy(
      option,
      'proxy must be "env" or the URL of an HTTP proxy, such as http://proxy.example:3128.',
    );
    return () => proxy;
  }
  const http = proxyOf(env, "http_proxy");
  const https = proxyOf(env, "https_proxy") ?? http;
  const exceptions = parseExceptions(env["no_proxy"] ?? env["NO_PROXY"] ?? "");
  return (origin) => {
    const url = new URL(origin);
    if (exceptions.some((isException) => isException(url))) return undefined;
    return url.protocol === "https:" ? https : http;
  };
}

/** That of a variable in small or capital letters, which may leave the scheme out. */
function proxyOf(env: Environment, name: string): HttpProxy | undefined {
  const capital = name.toUpperCase();
  const value = env[name] ?? env[capital] ?? "";
  if (value === "") return undefined;
  return parseProxy(
    value.includes("://") ? value : `http://${value}`,
    `The environment variable ${env[name] === undefined ? capital : name} must be the URL of an HTTP proxy, such as http://proxy.example:3128.`,
  );
}

function parseProxy(text: unknown, refusal: string): HttpProxy {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidOption("proxy", refusal);
  const { username, password } = url;
  return { url: url.origin, authorization: basic(username, password, refusal) };
}

function basic(username: string, password: string, refusal: string): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  } catch {
    throw invalidOption("proxy", `${refusal} Write a % of its name or password as %25.`);
  }
}

/** The servers of NO_PROXY: `host`, `.domain`, `*.domain`, each also with `:port`, or `*` for all. */
function parseExceptions(list: string): ((url: URL) => boolean)[] {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map((entry) => {
      if (entry === "*") return () => true;
      const [, name = entry, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      const wanted = name
        .toLowerCase()
        .replace(/^\*?\./, "")
        .replace(/^\[|\]$/g, "");
      return (url) => {
        if (port !== undefined && port !== (url.port || defaultPort(url))) return false;
        const host = url.hostname.replace(/^\[|\]$/g, "");
        return host === wanted || host.endsWith(`.${wanted}`);
      };
    });
}

function defaultPort({ protocol }: URL): string {
  return protocol === "https:" ? "443" : "80";
}
