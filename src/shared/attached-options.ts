import { invalidOption } from "../errors/configuration.ts";
import { callHost } from "./call-host.ts";
import { refuseUnknownNames } from "./known-names.ts";

/** Options of what belongs to one client and keeps its data in one store. */
interface AttachedOptions {
  readonly enode: { readonly namespace: string };
  readonly store: object;
  readonly onError?: ((error: unknown) => unknown) | undefined;
}

/** What has these options, and how its messages name it. */
interface Owner {
  /** Such as `Mirror`. */
  readonly name: string;
  /** Has a member for each option. */
  readonly known: object;
  /** Such as `DeviceStore`. */
  readonly store: string;
  /** The methods that the store must have. */
  readonly methods: readonly string[];
}

/**
 * Checks these options.
 *
 * @returns The namespace of the client, and `onError` or what stands for it, as a function that never throws.
 * @throws ConfigurationError that names the first invalid option.
 */
export function checkAttachedOptions(
  options: AttachedOptions,
  owner: Owner,
  printError: (error: unknown) => void,
): { namespace: string; report: (error: unknown) => void } {
  const { name, known, methods } = owner;
  // A client in place of the options is recognized by its namespace: no option has that name.
  const isClient = typeof Object(options).namespace === "string";
  if (typeof options !== "object" || options === null || isClient) {
    throw invalidOption(
      "options",
      `new ${name}() takes an object of options: pass { enode, store }.`,
    );
  }
  refuseUnknownNames(`new ${name}()`, options, known);
  const { enode, store, onError = printError } = options;
  const namespace = enode?.namespace;
  if (typeof onError !== "function") throw invalidOption("onError", "onError must be a function.");
  if (typeof namespace !== "string")
    throw invalidOption("enode", "enode must be an Enode client: pass { enode, store }.");
  if (namespace.endsWith(":")) {
    throw invalidOption(
      "clientId",
      `A ${name.toLowerCase()} needs a client with a clientId: it is part of its keys.`,
    );
  }
  for (const method of methods) {
    if (typeof Object(store)[method] === "function") continue;
    throw invalidOption("store", `store must be a ${owner.store}, with the method ${method}.`);
  }
  // A failure of `onError` itself has nowhere to go.
  const report = (error: unknown) =>
    callHost(
      () => onError(error),
      () => undefined,
    );
  return { namespace, report };
}
