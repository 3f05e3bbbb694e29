import { unref } from "../shared/timers.ts";

/** How often the pulse of an exchange advances, in ms. */
const beatTime = 250;
/** How often its callers check the pulse, in ms. Longer than a beat, so that a live pulse has advanced in between. */
const checkTime = 500;

/** How an exchange ended. */
export type Outcome =
  | { readonly token: string; readonly error?: undefined }
  | { readonly token?: undefined; readonly error: unknown };

/**
 * One exchange for a token, for which several calls wait.
 *
 * On Cloudflare Workers the timers and requests of an exchange end with the request that began it, and its promise
 * never settles. So a timer of the exchange advances a pulse, and a timer of each caller checks it: when it has not
 * advanced between two checks, the exchange is dead. No clock is used, so that a blocked event loop or a frozen
 * process does not count as dead.
 */
export class TokenRequest {
  /** Whether it was begun while the old token is still used: at first no call waits for it. */
  readonly isBackground: boolean;
  /** False once it has ended, died or lost its last caller: the next caller then begins another one. */
  isUnderWay = true;
  readonly #outcome: Promise<Outcome>;
  readonly #controller = new AbortController();
  #pulse = 0;
  #callers = 0;

  constructor(run: (signal: AbortSignal) => Promise<string>, isBackground: boolean) {
    this.isBackground = isBackground;
    let timer: ReturnType<typeof setTimeout>;
    // Timers and not an interval: where a host replaces one of the two, pulse and checks stay of one kind.
    const beat = () => {
      this.#pulse++;
      timer = unref(setTimeout(beat, beatTime));
    };
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      this.isUnderWay = false;
      return outcome;
    };
    beat();
    this.#outcome = run(this.#controller.signal).then(
      (token) => end({ token }),
      (error) => end({ error }),
    );
  }

  /**
   * Waits until it ends, or resolves with undefined when it is dead.
   *
   * @param signal Fires when the caller waits no longer. Without callers the exchange is aborted.
   */
  wait(signal: AbortSignal): Promise<Outcome | undefined> {
    this.#callers++;
    return new Promise((resolve) => {
      let seen = 0;
      let still = 0;
      let timer: ReturnType<typeof setTimeout>;
      const leave = (outcome?: Outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const die = () => {
        this.isUnderWay = false;
        leave();
      };
      const check = () => {
        still = this.#pulse === seen ? still + 1 : 0;
        seen = this.#pulse;
        if (still === 2) die();
        else timer = setTimeout(check, checkTime);
      };
      check();
      signal.addEventListener("abort", () => {
        leave();
        if (--this.#callers > 0 || this.isBackground) return;
        this.isUnderWay = false;
        try {
          this.#controller.abort();
        } catch {
          // On Workers a request cannot abort the exchange of another one, which ends with its own request.
        }
      });
      // The exchange itself never rejects it: workerd rejects a promise whose request has ended. A promise is
      // chained and no callback kept, as only that continues in the caller's own request.
      this.#outcome.then(leave, die);
    });
  }
}
