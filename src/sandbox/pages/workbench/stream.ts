import { headersFor } from "../shared/layout.ts";

/** One update of a stream. */
export interface StreamUpdate {
  /** HTML of the parts of the page by their IDs. */
  readonly parts: ReadonlyMap<string, string>;
  /** Text for screen readers; null for none. */
  readonly news: string | null;
}

// By the wall clock, whatever the speed of the simulated time.
const INTERVAL = 1_000;
const SOON = 50;
const SIGN_OF_LIFE = 15_000;

/**
 * Keeps a browser up to date with server-sent events: sends changed parts of the page, once a second and soon after
 * each change.
 *
 * @param run Distinguishes this run of the sandbox: a browser that meets another one after a lost connection loads its
 * page again.
 * @param subscribe Calls back after each change; returns a function that ends this.
 */
export function streamOf(
  run: string,
  update: () => StreamUpdate,
  subscribe: (callback: () => void) => () => void,
): Response {
  const known = new Map<string, string>();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      let soon: ReturnType<typeof setTimeout> | undefined;
      let saidAt = 0;
      const say = (text: string) => {
        saidAt = Date.now();
        controller.enqueue(encoder.encode(text));
      };
      const send = (event: string, text: string) =>
        say(`event: ${event}\ndata: ${JSON.stringify(text)}\n\n`);
      const refresh = () => {
        // A browser that does not keep up gets the latest state later.
        if ((controller.desiredSize ?? 0) <= 0) return;
        const { parts, news } = update();
        for (const [id, html] of parts) {
          if (known.get(id) === html) continue;
          known.set(id, html);
          send("part", html);
        }
        if (news !== null) send("news", news);
        if (Date.now() - saidAt >= SIGN_OF_LIFE) say(": still here\n\n");
      };
      const guarded = () => {
        soon = undefined;
        try {
          refresh();
        } catch (error) {
          end();
          controller.error(error);
        }
      };
      const timer = setInterval(guarded, INTERVAL);
      const unsubscribe = subscribe(() => {
        soon ??= setTimeout(guarded, SOON);
      });
      end = () => {
        clearInterval(timer);
        clearTimeout(soon);
        unsubscribe();
      };
      guarded();
      // After the parts: a stream that is not read yet takes no second update.
      send("run", run);
    },
    cancel() {
      end();
    },
  });
  return new Response(body, { headers: headersFor("text/event-stream") });
}
