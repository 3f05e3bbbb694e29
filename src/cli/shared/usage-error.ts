/** A mistake in the arguments: reported in a line that points to the help, with the exit code 2. */
export class UsageError extends Error {}

/** A failure of the command itself: reported in a line, without a stack, with the exit code 1. */
export class CommandError extends Error {}
