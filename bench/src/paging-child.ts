import { serve } from "./child.ts";
import { pageSize, type vehicle } from "./vehicle.ts";

export type Walker = "fetch" | "enode-sdk" | "enode-sdk, undici";

/** One walk through the whole list. */
export interface WalkCommand {
  /** `forced`: collect garbage before each sample, so that only what is held counts. */
  sample?: "peak" | "forced";
}

export interface Walk {
  items: number;
  /** Items that came out of turn. */
  wrong: number;
  milliseconds: number;
  /** The highest of the samples, in MB. */
  heap: number;
}

type Vehicle = Pick<typeof vehicle, "id">;

const [name, baseUrl] = process.argv.slice(2) as [Walker, string];
const list = name === "fetch" ? byHand : await byClient();

serve(async ({ sample }: WalkCommand): Promise<Walk> => {
  globalThis.gc?.();
  let items = 0;
  let wrong = 0;
  let heap = 0;
  // A forced collection takes milliseconds, so it is not done on every page.
  const every = sample === "forced" ? 10 * pageSize : pageSize / 2;
  const startedAt = performance.now();
  for await (const { id } of list()) {
    if (id !== `vehicle-${items}`) wrong++;
    items++;
    if (sample === undefined || items % every !== 0) continue;
    if (sample === "forced") globalThis.gc?.();
    heap = Math.max(heap, process.memoryUsage().heapUsed / 1e6);
  }
  return { items, wrong, milliseconds: performance.now() - startedAt, heap };
});

/** What someone without a client library writes. */
async function* byHand(): AsyncGenerator<Vehicle> {
  const headers = { authorization: "Bearer a-token", "enode-version": "2024-10-01" };
  let after: string | null = null;
  do {
    const url = new URL("/vehicles", baseUrl);
    url.searchParams.set("pageSize", String(pageSize));
    if (after !== null) url.searchParams.set("after", after);
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const page = (await response.json()) as {
      data: Vehicle[];
      pagination: { after: string | null };
    };
    for (const vehicle of page.data) yield vehicle;
    after = page.pagination.after;
  } while (after !== null);
}

async function byClient(): Promise<() => AsyncIterable<Vehicle>> {
  const { Enode } = await import("../../dist/index.js");
  const enode = new Enode({
    clientId: "bench",
    clientSecret: "a-secret",
    environment: "sandbox",
    baseUrl,
    tokenUrl: `${baseUrl}/oauth2/token`,
    ...(name === "enode-sdk, undici" && {
      transport: (await import("../../dist/undici.js")).undiciTransport(),
    }),
  });
  return () => enode.vehicles.list({ pageSize });
}
