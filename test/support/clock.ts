import { afterEach, beforeEach, vi } from "vitest";
import "./lazy-modules.ts";

/** Call it at the top of a test file or `describe`: time passes only when a test says so. */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({
      now: new Date("2026-01-01T00:00:00Z"),
      // Not the immediates and ticks by which streams of bodies move.
      toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
    });
  });
  afterEach(() => {
    // First, or the spy of a test on a fake timer would put that back later.
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** Lets time pass, and everything that happens in it. */
export function pass(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

/** Resolves when that much time has passed. */
export function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/**
 * Lets timers run until a promise settles, and gives what it settles with. Between two timers there may be work that no
 * clock sees, such as reading a body or loading a module, so that now and then there is no timer to run.
 */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) await vi.runAllTimersAsync();
  return promise;
}
