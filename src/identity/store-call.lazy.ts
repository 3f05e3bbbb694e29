import type { OperationId } from "../../generated/operations.ts";
import type { Deadline } from "../core/deadline.ts";
import type { failures } from "../core/failures.ts";
import type { checkRequestOptions } from "../core/resolve-options.ts";
import type { Requester } from "../core/transport.ts";
import type { invalidArgument, invalidOption } from "../errors/configuration.ts";
import type { NotFoundError, StoreError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import type { Storage, UserStore } from "../storage/contracts/index.ts";

/**
 * What is handed over and not imported: a module that these ones and the client import would become a
 * chunk of its own in the bundles of apps, and cost more than loading these lazily saves.
 */
export interface Dependencies {
  api: Requester;
  storage: Storage | undefined;
  /** `<environment>:<clientId>`. */
  namespace: string;
  checkRequestOptions: typeof checkRequestOptions;
  Deadline: typeof Deadline;
  invalidArgument: typeof invalidArgument;
  invalidOption: typeof invalidOption;
  NotFoundError: typeof NotFoundError;
  failures: typeof failures;
  /** The path template of an operation. */
  pathOf: (operation: string) => string;
  StoreError: typeof StoreError;
}

/** One call that asks stores of the host and Enode, all within one deadline. */
export class StoreCall {
  readonly dependencies: Dependencies;
  readonly #name: string;
  readonly #options: RequestOptions;
  readonly #context: { operation: string; path: string; attempts: number };
  readonly #deadline: Deadline;

  /** @throws ConfigurationError for options that cannot work. */
  constructor(
    dependencies: Dependencies,
    name: string,
    operation: OperationId,
    options: RequestOptions = {},
  ) {
    dependencies.checkRequestOptions(options);
    this.dependencies = dependencies;
    this.#name = name;
    this.#options = options;
    this.#context = { operation: name, path: "", attempts: 0 };
    const budget = options.deadline ?? dependencies.api.deadlineOf(operation);
    this.#deadline = new dependencies.Deadline(this.#context, budget, options.signal);
  }

  /** The store that knows which user is which. */
  get userStore(): UserStore {
    const store = this.dependencies.storage?.userStore;
    if (store) return store;
    throw this.dependencies.invalidOption(
      "storage",
      `${this.#name} by the host's own ID of a user needs a userStore: pass new Enode({ storage }), such as sqliteStorage({ path }) of enode-sdk/storage/sqlite.`,
    );
  }

  /** Options of the next request to Enode. */
  get options(): RequestOptions {
    // At least 1 ms, so that running out is reported as what it is and not as a bad option.
    return { ...this.#options, deadline: Math.max(1, this.#deadline.remaining) };
  }

  /**
   * Asks a store.
   *
   * @throws StoreError when it fails · TimeoutError · AbortError
   */
  async ask<T>(store: string, method: string, use: () => Promise<T>): Promise<T> {
    // Named, so that one which hangs is found.
    this.#context.operation = `${this.#name} (${store}.${method})`;
    return this.#deadline.run(async () => {
      try {
        return await use();
      } catch (error) {
        const { storeFailure } = await this.dependencies.failures();
        throw storeFailure({ store, method, before: `${this.#name}: ` }, "failed", error);
      }
    });
  }

  /** Asks a store that tells a number of things. */
  async count(store: string, method: string, use: () => Promise<number>): Promise<number> {
    const count = await this.ask(store, method, use);
    if (Number.isInteger(count) && count >= 0) return count;
    throw this.failure(store, method, "returned something other than a number of things");
  }

  /** What is thrown when a store answered other than it should. */
  failure(store: string, method: string, what: string): StoreError {
    const message = `${this.#name}: ${store}.${method} ${what}.`;
    return new this.dependencies.StoreError(message, { store, method });
  }
}
