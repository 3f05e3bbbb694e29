import type { Outcome } from "../../shared/tab.ts";

/** The outcome of a command on what was removed meanwhile. */
export const GONE: Outcome = {
  message: "The account or device does not exist any more.",
  isFailure: true,
};

/** Carries out a command that the sandbox may refuse; its reason becomes the message. */
export function attempt(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), isFailure: true };
  }
}
