import { serve } from "./child.ts";

const { createSandbox } = await import("../../dist/sandbox.js");

export interface SandboxRound {
  /** How many pages are read. */
  pages: number;
}

/** µs of CPU. */
export interface SandboxSample {
  /** For a page of 100 of the whole fleet. */
  page: number;
  /** For writing and reading the JSON of such a page. */
  json: number;
  /** For 8 h that pass, and reading the small fleet afterwards. */
  advance: number;
  wrong: number;
}

const pageSize = 100;
const smallFleet = 600;
const hours = 8;

const [vehicles = ""] = process.argv.slice(2);
const large = open(Number(vehicles));
const small = open(smallFleet);
const followLarge = pagesOf(large);
let latest: unknown;

serve(async ({ pages }: SandboxRound): Promise<SandboxSample> => {
  let wrong = 0;
  const page = await cpuOf(async () => {
    for (let count = 0; count < pages; count++) {
      latest = (await followLarge.next()).value;
      if (lengthOf(latest) !== pageSize) wrong++;
    }
  });
  const json = await cpuOf(async () => {
    for (let count = 0; count < pages; count++) latest = JSON.parse(JSON.stringify(latest));
  });
  const advance = await cpuOf(async () => {
    small.sandbox.clock.advance(hours * 3_600_000);
    await small.renewToken();
    let seen = 0;
    const walk = pagesOf(small);
    while (seen < smallFleet) seen += lengthOf((await walk.next()).value);
    if (seen !== smallFleet) wrong++;
  });
  return { page: page / pages, json: json / pages, advance, wrong };
});

function open(count: number) {
  const sandbox = createSandbox({
    seed: 1,
    clock: "manual",
    fleet: { users: count / 2, vehiclesPerUser: 2 },
  });
  let token: Promise<string> | undefined;
  const renewToken = () => {
    token = fetchToken(sandbox);
    return token;
  };
  return { sandbox, renewToken, token: () => token ?? renewToken() };
}

/** Page after page, and from the beginning again. */
async function* pagesOf(opened: ReturnType<typeof open>): AsyncGenerator<unknown, never> {
  let after: string | null = null;
  for (;;) {
    const query: string = after === null ? "" : `&after=${after}`;
    const headers = { authorization: `Bearer ${await opened.token()}` };
    const url = `https://sandbox.invalid/vehicles?pageSize=${pageSize}${query}`;
    const response = await opened.sandbox.fetch(url, { headers });
    const body: { pagination: { after: string | null } } = await response.json();
    yield body;
    after = body.pagination.after;
  }
}

async function fetchToken(sandbox: ReturnType<typeof createSandbox>): Promise<string> {
  const { clientId, clientSecret } = sandbox.credentials;
  const response = await sandbox.fetch("https://sandbox.invalid/oauth2/token", {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  const { access_token: token }: { access_token: string } = await response.json();
  return token;
}

function lengthOf(body: unknown): number {
  return (body as { data: unknown[] }).data.length;
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
