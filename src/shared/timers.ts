/** Lets a process end although a timer still runs. */
export function unref(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  // A number elsewhere than in Node.
  (timer as { unref?(): void }).unref?.();
  return timer;
}
