import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bundle, bundle } from "./bundle.ts";
import { makeBody } from "./deliveries.ts";
import { Fork } from "./fork.ts";
import { Installation } from "./installation.ts";
import type { Wave, WaveResult } from "./receive-child.ts";
import type { Goal, Section, Table } from "./report.ts";
import { ratios, type Summary, show, summarize } from "./statistics.ts";
import { type VerifierName, verifierNames } from "./verifiers.ts";
import type { Cost, VerifyRound, VerifySample } from "./verify-child.ts";

const sizes = [1, 10, 100] as const;
type Size = (typeof sizes)[number];

/** Those that parse what they have verified. */
const peers = ["stripe", "standardwebhooks"] as const;

const deliveries = 2_000;

/** How long to measure. */
export interface WebhookPlan {
  /** Each heat has new processes: what one process does faster or slower for life evens out. */
  heats: number;
  rounds: number;
  /** Events in a round, in deliveries of whatever size. */
  work: number;
  warmUpWork: number;
  /** Waves of deliveries that one receiver lives through. */
  waves: number;
  imports: number;
}

type Samples = ReadonlyMap<VerifierName, ReadonlyMap<Size, VerifySample[]>>;

interface Installed {
  verify: Bundle;
  receiver: Bundle;
  own: number[];
  empty: number[];
}

/** Verifying and parsing webhooks, and receiving more of them than can be handled. */
export async function measureWebhooks(plan: WebhookPlan): Promise<Section> {
  const samples = await measureVerifiers(plan);
  const waves = await measureWaves(plan.waves);
  const installed = await measureInstalled(plan.imports);
  return {
    title: "Webhooks",
    about: `One delivery of ${sizes.join(", ")} events of ${kilobytes(makeBody(1, 0).length)} each, verified and parsed, from a Buffer and the headers of Node. Bare is what a server without a library does: \`createHmac(…).update(body).digest("hex")\`, compared, and \`JSON.parse\` of the same Buffer, with neither constant time nor any check of what was parsed, by the hash of whom it is compared with: SHA-1 for enode-sdk as Enode signs with it, SHA-256 for the others. enode-sdk also checks the envelope of each event; with full schema it is \`validate: "throw"\`; WebCrypto is what it uses where there is no node:crypto. All are set up as their documentation says and get the same bodies; @octokit/webhooks-methods takes text only, and neither it nor svix parses, so that is done for them. Each has processes of its own, in which it takes turns with bare, round by round. CPU is that of the process with all its threads.`,
    tables: [
      ...sizes.map((size) => toTable(samples, size)),
      toWaveTable(waves),
      {
        caption: "The entry enode-sdk/webhooks",
        head: ["", ""],
        rows: [
          ["`import { verifyWebhook }`, gzipped", bytes(installed.verify.entry)],
          ["`import { WebhookReceiver }`, gzipped", bytes(installed.receiver.entry)],
          [
            "loaded when a delivery is refused, or for `validate`, without zod",
            bytes(installed.verify.lazy),
          ],
          ["cold import", `${show(summarize(installed.own), 1)} ms`],
          ["cold import of an empty module", `${show(summarize(installed.empty), 1)} ms`],
        ],
      },
    ],
    goals: [...goalsOfSpeed(samples), ...goalsOfEntry(installed), ...goalsOfWaves(waves)],
    wrong:
      [...samples.values()]
        .flatMap((bySize) => [...bySize.values()].flat())
        .reduce((sum, { wrong }) => sum + wrong, 0) + waves.filter(isWrong).length,
  };
}

async function measureVerifiers(plan: WebhookPlan): Promise<Samples> {
  const { heats, rounds, work, warmUpWork } = plan;
  const samples = new Map(
    verifierNames.map((name) => [
      name,
      new Map<Size, VerifySample[]>(sizes.map((size) => [size, []])),
    ]),
  );
  for (let heat = 0; heat < heats; heat++) {
    const children = new Map<VerifierName, Fork>();
    for (const name of verifierNames) {
      const options = name === "enode-sdk on WebCrypto" ? ["--conditions=workerd"] : [];
      const child = await Fork.start("verify-child.ts", [name], options);
      children.set(name, child);
      for (const events of sizes) {
        await child.ask<VerifySample>(roundOf(events, warmUpWork, true));
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const size of sizes) {
        for (const [name, child] of children) {
          const command = roundOf(size, work, round % 2 === 0);
          samples
            .get(name)
            ?.get(size)
            ?.push(await child.ask<VerifySample>(command));
        }
      }
    }
    for (const child of children.values()) child.stop();
  }
  return samples;
}

function roundOf(events: Size, work: number, bareFirst: boolean): VerifyRound {
  // At least some, so that the clock of the processor can tell them.
  return { events, calls: Math.max(50, Math.round(work / events)), bareFirst };
}

async function measureWaves(waves: number): Promise<WaveResult[]> {
  const child = await Fork.start("receive-child.ts", []);
  const results: WaveResult[] = [];
  for (let wave = 0; wave < waves; wave++) {
    const command: Wave = { deliveries, seed: wave * deliveries };
    results.push(await child.ask<WaveResult>(command));
  }
  child.stop();
  return results;
}

async function measureInstalled(imports: number): Promise<Installed> {
  const installation = await Installation.make();
  try {
    const code = (name: string) => `export { ${name} } from "enode-sdk/webhooks";`;
    // zod left out: splitting it off makes esbuild put a helper of 120 bytes in between.
    const verify = await bundle(installation, code("verifyWebhook"), ["zod"]);
    const receiver = await bundle(installation, code("WebhookReceiver"), ["zod"]);
    await writeFile(join(installation.folder, "empty.js"), "");
    const own: number[] = [];
    const empty: number[] = [];
    // The first one of each reads its files from the disk.
    await installation.importTime("./empty.js");
    await installation.importTime("enode-sdk/webhooks");
    for (let round = 0; round < imports; round++) {
      empty.push(await installation.importTime("./empty.js"));
      own.push(await installation.importTime("enode-sdk/webhooks"));
    }
    return { verify, receiver, own, empty };
  } finally {
    await installation.remove();
  }
}

function goalsOfSpeed(samples: Samples): Goal[] {
  const goal = (
    name: VerifierName,
    size: Size,
    limit: number,
    what: string,
    of: keyof Cost = "cpu",
  ) => {
    const measured = ratioToBare(samples, name, size, of);
    return {
      what: `${of === "cpu" ? "CPU" : "Time"} of ${what}, of bare createHmac and JSON.parse`,
      limit: `≤ ${limit.toFixed(2)}`,
      measured: show(measured, 3),
      met: measured.median <= limit,
    };
  };
  return [
    ...sizes.map((size) => goal("enode-sdk", size, 1.1, `verifying ${events(size)}`)),
    ...sizes.map((size) =>
      goal("enode-sdk, full schema", size, 1.3, `verifying ${events(size)} with full schema`),
    ),
    // By the clock: WebCrypto hashes in other threads, which is what one waits for.
    goal("enode-sdk on WebCrypto", 100, 1.2, `verifying ${events(100)} on WebCrypto`, "wall"),
    ...sizes.map((size) => {
      const own = ratioToBare(samples, "enode-sdk", size);
      const others = peers.map((name) => ratioToBare(samples, name, size));
      const best = Math.min(...others.map(({ median }) => median));
      return {
        what: `The same for ${events(size)}, of the better of ${peers.join(" and ")}`,
        limit: `< ${best.toFixed(3)}`,
        measured: show(own, 3),
        met: own.median < best,
      };
    }),
  ];
}

function goalsOfEntry({ verify, receiver, own, empty }: Installed): Goal[] {
  const extra = summarize(own.map((time, index) => time - (empty[index] ?? Number.NaN)));
  return [
    {
      what: "`import { verifyWebhook }` bundled, minified and gzipped",
      limit: "≤ 1,500 bytes",
      measured: bytes(verify.entry),
      met: verify.entry <= 1_500,
    },
    {
      what: "`import { WebhookReceiver }` bundled, minified and gzipped",
      limit: "≤ 6,000 bytes",
      measured: bytes(receiver.entry),
      met: receiver.entry <= 6_000,
    },
    {
      what: "Cold import of enode-sdk/webhooks above that of an empty module",
      limit: "≤ 10 ms",
      measured: `${show(extra, 1)} ms`,
      met: extra.median <= 10,
    },
  ];
}

function goalsOfWaves(waves: readonly WaveResult[]): Goal[] {
  const count = deliveries.toLocaleString("en");
  const most = Math.max(...waves.map(({ held, before }) => held - before));
  const left = waves.map(({ after }) => after);
  const growth = ((left.at(-1) ?? Number.NaN) - (left[0] ?? Number.NaN)) / (waves.length - 1);
  return [
    {
      what: `Heap held by a receiver under ${count} deliveries that come too fast, above what it holds idle`,
      // The 100 deliveries in work, with some room. All of them would be 20 times as much.
      limit: "≤ 30 MB",
      measured: `${most.toFixed(1)} MB`,
      met: most <= 30,
    },
    {
      what: `Heap that is left of ${count} more of them, of which it remembers the digests`,
      limit: "≤ 1 MB",
      measured: `${growth.toFixed(2)} MB`,
      met: growth <= 1,
    },
  ];
}

/** Whatever came of a delivery: it is handled or postponed, and handled once. */
function isWrong({ statuses, handled }: WaveResult): boolean {
  const { 200: taken = 0, 503: postponed = 0 } = statuses;
  return taken + postponed !== deliveries || postponed === 0 || handled !== taken * 10;
}

function toTable(samples: Samples, size: Size): Table {
  return {
    caption: `Verify and parse a delivery of ${events(size)}`,
    head: ["", "hash", "CPU µs", "bare CPU µs", "of bare", "wall µs", "wall of bare"],
    rows: [...samples].map(([name, bySize]) => {
      const own = bySize.get(size) ?? [];
      return [
        name,
        name.startsWith("enode-sdk") ? "SHA-1" : "SHA-256",
        show(summarize(own.map((sample) => sample.own.cpu)), 1),
        show(summarize(own.map((sample) => sample.bare.cpu)), 1),
        show(ratioToBare(samples, name, size), 2),
        show(summarize(own.map((sample) => sample.own.wall)), 1),
        show(ratioToBare(samples, name, size, "wall"), 2),
      ];
    }),
  };
}

function toWaveTable(waves: readonly WaveResult[]): Table {
  return {
    caption: `${deliveries.toLocaleString("en")} deliveries of 10 events in about 2 s, to a receiver without a store whose handler takes 10 ms an event, wave after wave`,
    head: [
      "",
      "200",
      "503",
      "others",
      "events handled",
      "heap MB before",
      "peak",
      "most held",
      "after",
    ],
    rows: waves.map(({ statuses, handled, before, peak, held, after }, index) => {
      const { 200: taken = 0, 503: postponed = 0 } = statuses;
      const total = Object.values(statuses).reduce((sum, count) => sum + count, 0);
      const heaps = [before, peak, held, after].map((each) => each.toFixed(1));
      const counts = [taken, postponed, total - taken - postponed, handled].map(String);
      return [`wave ${index + 1}`, ...counts, ...heaps];
    }),
  };
}

function ratioToBare(
  samples: Samples,
  name: VerifierName,
  size: Size,
  of: keyof Cost = "cpu",
): Summary {
  const own = samples.get(name)?.get(size) ?? [];
  return ratios(
    own.map((sample) => sample.own[of]),
    own.map((sample) => sample.bare[of]),
  );
}

function events(size: Size): string {
  return size === 1 ? "1 event" : `${size} events`;
}

function bytes(size: number): string {
  return `${size.toLocaleString("en")} bytes`;
}

function kilobytes(size: number): string {
  return `${(size / 1_000).toFixed(1)} kB`;
}
