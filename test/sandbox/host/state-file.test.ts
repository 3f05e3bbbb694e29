import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import { serveSandbox } from "../../../src/sandbox/host/server.ts";
import { StateFile } from "../../../src/sandbox/host/state-file.ts";
import { type SandboxServerOptions, startSandbox } from "../../../src/sandbox/index.ts";

let folder = "";
let file = "";
const notices: string[] = [];
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "enode-state-"));
  file = join(folder, "sandbox.json");
  notices.length = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.allSettled(open.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true, force: true });
});

async function start(options: SandboxServerOptions = {}) {
  const settings = { seed: 3, clock: "manual", state: file, ...options } as const;
  const served = await serveSandbox(settings, undefined, (text) => notices.push(text));
  open.push(served.server);
  return { ...served, ...served.server };
}

const read = async (path = file) => JSON.parse(await readFile(path, "utf8"));

describe("the file of a state", () => {
  it("is begun, left behind and gone on with", async () => {
    const first = await startSandbox({ seed: 3, clock: "manual", state: file });
    first.devices.add("anna", "charger");
    first.clock.advance("90m");
    await first.close();
    const second = await start({ fleet: "small", seed: 4 });
    expect(second.isRestored).toBe(true);
    expect(second.seed).toBe(3);
    expect(second.devices.list()).toEqual(first.devices.list());
    expect(second.clock.now()).toEqual(first.clock.now());
    expect(second.credentials).toEqual(first.credentials);
  });

  it("is there from the start, and only its owner reads it", async () => {
    await start({ fleet: 2 });
    expect((await read()).devices).toHaveLength(2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["sandbox.json"]);
  });

  it("is closed to others once it is written, also when it was open to them", async () => {
    await (await start()).close();
    await chmod(file, 0o644);
    await (await start()).close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("is found behind a link, which stays one", async () => {
    const link = join(folder, "link.json");
    await (await start()).close();
    await symlink(file, link);
    const linked = await start({ state: link });
    linked.devices.add("anna", "charger");
    await linked.close();
    expect((await read()).devices).toHaveLength(1);
  });

  it("has a line for each device", async () => {
    await start({ fleet: 20 });
    const lines = (await readFile(file, "utf8")).split("\n");
    expect(lines.filter((line) => line.includes('"kind":"vehicle"'))).toHaveLength(20);
  });

  it("is closed twice without harm", async () => {
    const { close } = await start();
    await Promise.all([close(), close()]);
    await close();
    expect((await read()).run).toBe(0);
  });
});

describe("each minute", () => {
  const MINUTE = 60_000;

  async function afterMinutes(count: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(count * MINUTE);
  }

  it("the state is written", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { devices } = await start();
    devices.add("anna", "charger");
    await afterMinutes(1);
    await vi.waitFor(async () => expect((await read()).devices).toHaveLength(1));
  });

  it("nothing is written when nothing but the time has changed", async () => {
    const { snapshot } = buildSandbox({ clock: "manual" }, { linkUrl: "", isRecording: false });
    const { file: it } = await StateFile.load(file, () => {});
    await it.save(snapshot());
    // Writing makes a new file.
    const { ino } = await stat(file);
    await it.saveChanges({ ...snapshot(), time: 1 });
    expect((await stat(file)).ino).toBe(ino);
    await it.saveChanges({ ...snapshot(), tariffs: [["two-rate", []]] });
    expect((await stat(file)).ino).not.toBe(ino);
    await it.save({ ...snapshot(), time: 2 });
    expect((await read()).time).toBe(2);
  });

  it("a failure is told once, and the next success ends it", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { devices } = await start();
    await rm(folder, { recursive: true });
    for (const user of ["anna", "ben"]) {
      devices.add(user, "charger");
      await afterMinutes(1);
      await vi.waitFor(() => expect(notices).toHaveLength(1));
    }
    expect(notices).toEqual([
      `The state file ${file} cannot be written: its directory does not exist`,
    ]);
    await mkdir(folder);
    await afterMinutes(1);
    await vi.waitFor(async () => expect((await read()).devices).toHaveLength(2));
  });

  it("nothing is written of a large fleet, before the end", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { devices, close } = await start({ fleet: 10_000 });
    devices.add("anna", "charger");
    const before = await stat(file);
    await afterMinutes(2);
    expect((await stat(file)).ino).toBe(before.ino);
    vi.useRealTimers();
    await close();
    expect((await read()).devices).toHaveLength(10_001);
  });
});

describe("a file that another program has written meanwhile", () => {
  it("stays, and the state is beside it", async () => {
    const one = await start();
    const two = await start();
    two.devices.add("ben", "charger");
    await two.close();
    one.devices.add("anna", "charger");
    await one.close();
    expect((await read()).users).toMatchObject([{ id: "ben" }]);
    expect((await read(`${file}.other`)).users).toMatchObject([{ id: "anna" }]);
    expect(notices).toEqual([
      `Another program has written the state file ${file}; this sandbox is saved in ${file}.other instead.`,
    ]);
  });

  it("is noticed by its time alone", async () => {
    const one = await start();
    await utimes(file, 1, 1);
    await one.close();
    expect(await readdir(folder)).toEqual(["sandbox.json", "sandbox.json.other"]);
  });

  it("is written again where it was deleted", async () => {
    const one = await start();
    await rm(file);
    await one.close();
    expect(await readdir(folder)).toEqual(["sandbox.json"]);
  });
});

describe("a file that is no state", () => {
  it.each([
    ["is empty", "", "is not JSON"],
    ["is broken", '{"format":"enode-sandbox-state","version":1,', "is not JSON"],
    ["is something else", '{"name":"my-app"}', "is not the state of a sandbox"],
    [
      "is of another version",
      '{"format":"enode-sandbox-state","version":99}',
      "is of version 99, and this enode-sdk reads version 1 only",
    ],
    [
      "is damaged",
      '{"format":"enode-sandbox-state","version":1}',
      "is damaged: seed is not a whole number",
    ],
  ])("stays as it is when it %s", async (_, text, message) => {
    await writeFile(file, text);
    const error: unknown = await start().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain(`The state file ${file} ${message}`);
    expect(String(error)).toContain(
      `--state ${file} --reset, which keeps this one as ${file}.bak.`,
    );
    expect(await readFile(file, "utf8")).toBe(text);
    expect(await readdir(folder)).toEqual(["sandbox.json"]);
  });

  it("stays as it is when its parts do not belong together, and the port is free again", async () => {
    const { close, apiUrl } = await start({ fleet: 1 });
    await close();
    const text = (await readFile(file, "utf8")).replace('"kind":"vehicle"', '"kind":"hvac"');
    await writeFile(file, text);
    const port = Number(new URL(apiUrl).port);
    await expect(start({ port })).rejects.toThrow(`${file} is damaged: TESLA has no hvacs`);
    expect(await readFile(file, "utf8")).toBe(text);
    await start({ port, state: undefined });
  });

  it("is named when it is a directory, or in none", async () => {
    await expect(start({ state: folder })).rejects.toThrow(
      `${folder} cannot be read: it is a directory`,
    );
    const lost = join(folder, "none", "sandbox.json");
    await expect(start({ state: lost })).rejects.toThrow(
      `The state file ${lost} cannot be written: its directory does not exist`,
    );
  });

  it("is none without a name", async () => {
    await expect(start({ state: "" })).rejects.toThrow(TypeError);
    // @ts-expect-error TypeScript refuses it as well.
    await expect(start({ state: 3 })).rejects.toThrow("must be the path of a file");
  });
});

it("fails to close when the file cannot be written", async () => {
  const { close, apiUrl } = await start();
  await rm(folder, { recursive: true });
  await expect(close()).rejects.toThrow("cannot be written: its directory does not exist");
  await expect(fetch(apiUrl)).rejects.toThrow();
});
