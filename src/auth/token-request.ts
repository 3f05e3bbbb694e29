import { unref } from "../shared/timers.ts";

/** How often an exchange shows that it is alive, in ms. */
const beatTime = 250;
/** How often its callers look, in ms. Longer than a beat, so that a living one has moved in between. */
const lookTime = 500;

/** How an exchange ended. */
export type Outcome =
  | { readonly token: string; readonly error?: undefined }
  | { readonly token?: undefined; readonly error: unknown };

/**
 * One exchange for a token, for which several calls wait.
 *
 * On Cloudflare Workers the timers and requests of an exchange end with the request that began it, and its
 * promise never settles. So each caller has a timer of its own, which looks at a pulse that a timer of the
 * exchange moves: when it stands still over two looks, the exchange is dead. No clock decides, so that a
 * blocked event loop or a process that was frozen is not taken for a death.
 */
export class TokenRequest {
  /** Begun while the old token still serves: nobody waits for it at first. */
  readonly isBackground: boolean;
  /** False once it has ended, died or lost its last caller: then the next caller begins another one. */
  isUnderWay = true;
  readonly #outcome: Promise<Outcome>;
  readonly #controller = new AbortController();
  #pulse = 0;
  #callers = 0;

  constructor(run: (signal: AbortSignal) => Promise<string>, isBackground: boolean) {
    this.isBackground = isBackground;
    let timer: ReturnType<typeof setTimeout>;
    // Timers and not an interval: where a host replaces one of the two, pulse and looks stay of one kind.
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
   * @param signal Fires when the caller waits no longer. With its last caller the exchange is aborted.
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
      const look = () => {
        still = this.#pulse === seen ? still + 1 : 0;
        seen = this.#pulse;
        if (still === 2) die();
        else timer = setTimeout(look, lookTime);
      };
      look();
      signal.addEventListener("abort", () => {
        leave();
        if (--this.#callers > 0 || this.isBackground) return;
        this.isUnderWay = false;
        try {
          this.#controller.abort();
        } catch {
          // Workers let no request abort what another one began; that ends with its own request.
        }
      });
      // It never rejects by itself: workerd does so with a promise whose request has ended. A promise is
      // chained and no callback kept, as only that continues in the caller's own request.
      this.#outcome.then(leave, die);
    });
  }
}
