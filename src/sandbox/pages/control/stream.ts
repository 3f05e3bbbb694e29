import { headersFor } from "../shared/layout.ts";

/** What a stream tells at a moment. */
export interface StreamUpdate {
  /** HTML of the parts of the page by their IDs. */
  readonly parts: ReadonlyMap<string, string>;
  /** What a reader who cannot see the page should hear of; null for nothing. */
  readonly news: string | null;
}

// By the wall clock: how often readers want to see something new, whatever the simulated time does.
const INTERVAL = 1_000;
const SOON = 50;
const SIGN_OF_LIFE = 15_000;

/**
 * Keeps a browser up to date with server-sent events: the parts of the page that have changed, once a second and
 * soon after something happens.
 *
 * @param subscribe Calls back when something has happened; returns how to end that.
 */
export function streamOf(
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
      const tell = (event: string, text: string) =>
        say(`event: ${event}\ndata: ${JSON.stringify(text)}\n\n`);
      const run = () => {
        // A browser that does not keep up gets the latest state later.
        if ((controller.desiredSize ?? 0) <= 0) return;
        const { parts, news } = update();
        for (const [id, html] of parts) {
          if (known.get(id) === html) continue;
          known.set(id, html);
          tell("part", html);
        }
        if (news !== null) tell("news", news);
        if (Date.now() - saidAt >= SIGN_OF_LIFE) say(": still here\n\n");
      };
      const guarded = () => {
        soon = undefined;
        try {
          run();
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
    },
    cancel() {
      end();
    },
  });
  return new Response(body, { headers: headersFor("text/event-stream") });
}
