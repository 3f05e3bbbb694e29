import { ConfigurationError } from "../errors/index.ts";

/** The package, whatever module system it comes through. */
export type Undici = Pick<typeof import("undici"), "Agent" | "Pool" | "ProxyAgent">;

/**
 * Loads undici when it is needed: an import by name would fail with the words of the runtime where it is missing.
 *
 * @throws ConfigurationError that says what to install.
 */
export async function loadUndici(): Promise<Undici> {
  const undici = await import("undici").catch((cause: unknown) => {
    const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
    if (/MODULE_NOT_FOUND$/.test(String(code))) return undefined;
    // Such as that of a version that needs a newer Node.
    throw new ConfigurationError(`enode-sdk/undici cannot load the package undici: ${message}`, {
      parameter: "transport",
    });
  });
  // The stores of its cache came with version 7.
  if (undici?.cacheStores) return undici;
  throw new ConfigurationError(
    `enode-sdk/undici needs the package undici, version 7 or newer${undici ? ", not an older one" : ""}: npm install undici`,
    { parameter: "transport" },
  );
}
