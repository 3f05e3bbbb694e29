import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withNetns } from "../support/services.ts";

const programs = fileURLToPath(new URL("../support/programs/", import.meta.url));

withNetns("a connection whose route goes while a command is on it", (name) => {
  const client = { space: `${name}-c`, device: `${name}c`, ip: "10.231.7.1" };
  const server = { space: `${name}-s`, device: `${name}s`, ip: "10.231.7.2" };
  const ip = (...words: string[]) => execFileSync("ip", words);
  const within = ({ space }: { space: string }, ...words: string[]) =>
    ip("netns", "exec", space, ...words);
  const children: ChildProcess[] = [];

  beforeAll(() => {
    ip("netns", "add", client.space);
    ip("netns", "add", server.space);
    ip(
      "link",
      "add",
      client.device,
      "netns",
      client.space,
      "type",
      "veth",
      "peer",
      "name",
      server.device,
      "netns",
      server.space,
    );
    for (const side of [client, server]) {
      within(side, "ip", "address", "add", `${side.ip}/24`, "dev", side.device);
      within(side, "ip", "link", "set", side.device, "up");
      within(
        side,
        "sysctl",
        "-qw",
        "net.ipv4.conf.all.rp_filter=0",
        `net.ipv4.conf.${side.device}.rp_filter=0`,
      );
    }
    // A host that was tuned for failover: it gives up within seconds.
    within(client, "sysctl", "-qw", "net.ipv4.tcp_retries2=3");
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    ip("netns", "del", client.space);
    ip("netns", "del", server.space);
  });

  /** Starts a program in a namespace; gives its lines, and waits for them. */
  const run = ({ space }: { space: string }, program: string, argument: string) => {
    const child = spawn(
      "ip",
      ["netns", "exec", space, process.execPath, `${programs}${program}`, argument],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    children.push(child);
    const lines: string[] = [];
    const waiting = new Set<() => void>();
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      for (const check of waiting) check();
    });
    const line = (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const check = () => {
          const found = lines.find((each) => pattern.test(each));
          if (found !== undefined) resolve(found);
        };
        waiting.add(check);
        check();
      });
    return { child, lines, line };
  };

  it("sends the command once, and does not say that nothing was sent", async () => {
    const answering = run(server, "answering-server.ts", server.ip);
    await answering.line(/ready/);
    const calling = run(client, "command-over-route.ts", `http://${server.ip}:8080`);
    await calling.line(/ready/);

    // What the server sends, its acknowledgements too, goes nowhere.
    within(server, "ip", "route", "add", "blackhole", `${client.ip}/32`);
    calling.child.stdin.write("go\n");
    await answering.line(/POST/);
    within(client, "ip", "route", "del", "10.231.7.0/24");
    await calling.line(/retry|failed|resolved/);
    // Another try would come through.
    within(server, "ip", "route", "del", "blackhole", `${client.ip}/32`);
    within(client, "ip", "route", "add", "10.231.7.0/24", "dev", client.device);
    const outcome = await calling.line(/failed|resolved/);

    expect(outcome).toMatch(/read (EHOSTUNREACH|ENETUNREACH)/);
    expect(outcome).toContain("failed beforeSend=false");
    expect(answering.lines.filter((line) => line === "POST")).toHaveLength(1);
  });
});
