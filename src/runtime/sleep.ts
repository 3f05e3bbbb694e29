import { isWorkers } from "./workers.ts";

/** How long to rest at most where nobody may wake anybody, in ms. */
const nap = 20;

/**
 * Rests until it is woken, or for so many milliseconds.
 *
 * On Workers nobody is woken by the work of another request: what was woken would run as part of that request,
 * and end with it, or would never be woken as that request has ended already. There one looks again and again,
 * by a timer of one's own.
 *
 * @param wakes Where to put the function that wakes, for as long as the rest lasts.
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
 * Makes a function that has work done in the asynchronous context in which it was made, whoever calls it: what
 * waits for a promise goes on in its own context, not in that of whoever settles it.
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
