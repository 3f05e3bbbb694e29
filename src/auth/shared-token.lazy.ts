import type { StoredToken, TokenLease, TokenStore } from "../storage/contracts/index.ts";

/**
 * How long a process may keep the others from asking for a token, in ms.
 *
 * Above the time that one attempt at the exchange gets (10 s unless told otherwise) with a read and a write of
 * the store, so that an exchange that works is never doubled. Half of the time that a call gets (30 s), so that
 * the calls which wait for a process that died still come to their token. It may end while the exchange is
 * repeated, of which the token endpoint gets 30 s: a second process may then ask too, which does no harm.
 */
const leaseTime = 15_000;
/** How long to wait for the others: for as long as one of them that died holds the lease, and one exchange. */
const longestWait = leaseTime + 5_000;
/** Pauses between two looks at the store: so long, up to twice that, so that not all look at once. */
const pause = 100;
/** A store that hangs must not hold up calls. */
const storeTimeout = 5_000;

/**
 * What is handed over and not imported: a module that this one and the client import would become a
 * chunk of its own in the bundles of apps, and cost more than loading this one lazily saves.
 */
export interface Dependencies {
  store: TokenStore;
  key: string;
  /** Fires when nobody waits for the token any more. */
  signal: AbortSignal;
  /** Asks the token endpoint or the provider. */
  obtain(): Promise<StoredToken>;
  isStoredToken(value: unknown): value is StoredToken;
  /** Whether a token that is not to be replaced has more than that time left, in ms; 60 s unless told. */
  isUsable(token: StoredToken, time?: number): boolean;
  /** Tells of a store that did not do what it should, and what follows from it. */
  report(method: string, what: string, effect: string, error?: unknown): void;
}

/**
 * Gets a token that all processes with the same store share: the one that is there, or a new one, for which
 * one process at a time asks.
 *
 * A store that fails costs its advantage, never the call. It is reported, and left alone until the next time
 * that a token is needed, so that one which hangs holds up a call once.
 */
export async function shareToken(dependencies: Dependencies): Promise<StoredToken> {
  const shared = new SharedToken(dependencies);
  try {
    return await shared.get();
  } finally {
    await shared.release();
  }
}

class SharedToken {
  readonly #dependencies: Dependencies;
  #lease: TokenLease | undefined;
  /** Whether the store has failed, which has been reported. */
  #isBroken = false;
  /** The token in the store when it was looked at for the first time, null for none. */
  #first: string | null | undefined;
  /** The same, for the last time. */
  #last: string | null = null;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  async get(): Promise<StoredToken> {
    const there = (await this.#read()) ?? (await this.#waitForTurn());
    if (there) return there;
    const own = await this.#dependencies.obtain();
    // Twice, as what is there instead may be of no use.
    for (let tries = 0; tries < 2 && !this.#isBroken; tries++) {
      if (await this.#write(own)) break;
      // Another process was faster. If all take what is in the store, they agree on what was refused, too.
      const theirs = await this.#read();
      if (theirs) return theirs;
    }
    return own;
  }

  /** Also after a failure, so that the next process need not wait. */
  async release(): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined) return;
    const released = this.#use(
      "lease",
      () => lease.release(),
      "gave a lease whose release() failed",
      "other processes wait until its time is over; ",
    );
    // A store that failed may hang now, and callers have waited for it already.
    if (!this.#isBroken) await released;
  }

  /** Resolves with a token that another process got, or with nothing when this one is to ask. */
  async #waitForTurn(): Promise<StoredToken | undefined> {
    const endsAt = performance.now() + longestWait;
    while (
      this.#dependencies.store.lease &&
      !this.#isBroken &&
      !this.#dependencies.signal.aborted
    ) {
      await this.#takeLease();
      if (this.#isBroken) return undefined;
      // Once more, as another process may have got a token since, and given back its lease.
      const there = await this.#read();
      if (there || this.#lease || this.#isBroken) return there;
      if (performance.now() >= endsAt) {
        this.#report("lease", `gave neither a lease nor way to a token in ${longestWait} ms`);
        return undefined;
      }
      await new Promise((resolve) => {
        unref(setTimeout(resolve, pause * (1 + Math.random())));
      });
    }
    return undefined;
  }

  async #takeLease(): Promise<void> {
    const { store, key } = this.#dependencies;
    const lease = await this.#use("lease", async () => {
      const taken = await store.lease?.(key, leaseTime);
      // It came too late to be used, and the others must not wait for nothing.
      if (this.#isBroken) await taken?.release();
      return taken;
    });
    if (typeof lease?.release === "function") this.#lease = lease;
    else if (lease) this.#report("lease", "returned something other than { release() }");
  }

  /** The token in the store, if it is of use. */
  async #read(): Promise<StoredToken | undefined> {
    const { store, key, isStoredToken, isUsable } = this.#dependencies;
    const stored = await this.#use("get", () => store.get(key));
    if (stored && !isStoredToken(stored)) {
      this.#report("get", "returned something other than { token, expiresAt }");
      return undefined;
    }
    this.#last = stored?.token ?? null;
    if (this.#first === undefined) this.#first = this.#last;
    if (!stored) return undefined;
    // What was put there in the meantime is new, so that it serves however short it lives.
    const isNew = this.#last !== this.#first;
    return isUsable(stored, isNew ? 0 : undefined) ? stored : undefined;
  }

  /** False when the store has another token than before; one that failed is not asked again. */
  async #write({ token, expiresAt }: StoredToken): Promise<boolean> {
    const { store, key } = this.#dependencies;
    const options = { expiresAt, ifUnchanged: this.#last };
    return (await this.#use("set", () => store.set(key, token, options))) !== false;
  }

  /** Resolves with undefined when the store fails or hangs. */
  async #use<T>(
    method: string,
    use: () => Promise<T>,
    what = "failed",
    effect = "",
  ): Promise<T | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.#report(method, `gave no answer in ${storeTimeout} ms`);
        resolve(undefined);
      }, storeTimeout);
      unref(timer);
    });
    try {
      return await Promise.race([use(), timeout]);
    } catch (error) {
      this.#report(method, what, effect, error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Once, as one failure often leads to the next. */
  #report(method: string, what: string, effect = "", error?: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const outlook = `${effect}this client goes on with an access token of its own`;
    this.#dependencies.report(method, what, outlook, error);
  }
}

/** Whoever waits for a token has a timer of the deadline; a refresh in the background keeps no process alive. */
function unref(timer: ReturnType<typeof setTimeout>): void {
  // A number elsewhere than in Node.
  (timer as { unref?(): void }).unref?.();
}
