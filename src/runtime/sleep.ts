import { isWorkers } from "./workers.ts";

/** Longest sleep where requests must not wake each other, in ms. */
const nap = 20;

/**
 * Sleeps until it is woken, or for so many milliseconds.
 *
 * On Workers a request must not wake another one: the woken work would run as part of the first request, and end
 * with it, or would never be woken when that request has already ended. There it polls, with a timer of its own.
 *
 * @param wakes Holds the function that wakes it, for as long as it sleeps.
 */
export function sleepUntilWoken(milliseconds: number, wakes: Set<() => void>): Promise<void> {
  const mayWake = !isWorkers();
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      wakes.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, mayWake ? milliseconds : Math.min(milliseconds, nap));
    if (mayWake) wakes.add(wake);
  });
}

/**
 * Makes a function that runs work in the asynchronous context in which it was made, whoever calls it: code that
 * awaits a promise continues in its own context, not in that of the code that settles it.
 */
export function inOwnContext(work: () => void): () => void {
  let call: () => void;
  const listen = () => {
    new Promise<void>((resolve) => {
      call = resolve;
    }).then(() => {
      listen();
      work();
    });
  };
  listen();
  return () => call();
}
