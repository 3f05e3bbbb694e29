import { describe, expect, it } from "vitest";
import { Enode } from "../../../../src/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { command, HOSTILE, pageOf, post, start, tokenOn } from "../support.ts";

/** A sandbox whose webhooks become inactive with their first delivery. */
async function startWithDeadReceiver() {
  const server = await start({
    webhookRetryWindow: 0,
    deliver: async () => new Response(null, { status: 503 }),
  });
  const enode = new Enode({
    ...server.credentials,
    environment: "sandbox",
    baseUrl: server.apiUrl,
    tokenUrl: server.tokenUrl,
  });
  return { server, enode };
}

describe("the workbench", () => {
  it("does nothing for other sites", async () => {
    const server = await start({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const token = await tokenOn(server.apiUrl);
    const address = `${server.apiUrl}/-/do`;
    const fields = { token, do: "advance", minutes: "5" };
    const begun = server.clock.now();
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ]) {
      expect((await post(address, fields, headers)).status).toBe(403);
    }
    expect((await post(address, { ...fields, token: "guess" })).status).toBe(403);
    expect(server.clock.now()).toEqual(begun);
    expect((await post(address, fields)).status).toBe(303);
    expect(server.clock.now()).not.toEqual(begun);
    expect((await fetch(address)).status).toBe(404);
  });

  it("shows hostile IDs as text, in the page and in the stream", async () => {
    const server = await start({ fleet: [{ id: HOSTILE, vehicles: [{ displayName: HOSTILE }] }] });
    const page = await (await fetch(`${server.apiUrl}/?q=${encodeURIComponent(HOSTILE)}`)).text();
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
    expect(page.match(/<script/g)).toHaveLength(1);
    const stream = await fetch(`${server.apiUrl}/-/stream`);
    const reader = stream.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    const text = new TextDecoder().decode(value);
    expect(text).toMatch(/^event: part\ndata: "/);
    expect(text).not.toContain("<script");
    await reader?.cancel();
  });

  it("allows no script or style but its own", async () => {
    const server = await start();
    const page = await fetch(server.apiUrl);
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const text = await page.text();
    expect(text).not.toMatch(/ (style|on[a-z]+)=/);
    for (const [, path] of text.matchAll(/(?:src|href)="(\/-\/[^"]+)"/g)) {
      expect((await fetch(server.apiUrl + path)).status).toBe(200);
    }
  });

  it("ends its streams with the sandbox", async () => {
    const server = await start();
    const stream = await fetch(`${server.apiUrl}/-/stream`);
    await server.close();
    await expect(stream.text()).rejects.toThrow();
  });

  it("leads to its tabs by links, and says which one is open", async () => {
    const server = await start();
    for (const id of ["fleet", "requests", "webhooks", "faults", "connect"]) {
      const page = await pageOf(server, `?tab=${id}`);
      expect(page.match(/aria-current="page"/g)).toHaveLength(1);
      expect(page).toContain(`<a href="/?tab=${id}" aria-current="page">`);
    }
  });

  it("shows on every tab what goes wrong, with links to it", async () => {
    const server = await start();
    expect(await pageOf(server)).not.toContain('class="chip"');
    server.faults.set("slow");
    server.faults.set({ status: 503, title: HOSTILE });
    server.scenarios.begin("vendor-outage");
    const page = await pageOf(server, "?tab=requests");
    expect(page).toContain('<a class="chip" href="/?tab=faults">Slow answers</a>');
    expect(page).toContain(`<a class="chip" href="/?tab=faults">${escapeHtml(HOSTILE)}</a>`);
    expect(page).toContain('<a class="chip" href="/?tab=faults">vendor-outage</a>');
    for (const preset of ["html-error", "slow"] as const) server.faults.set(preset);
    expect(await pageOf(server)).toContain("and 1 more");
  });

  it("says on every tab, and in the title, which webhook is inactive", async () => {
    const { server, enode } = await startWithDeadReceiver();
    const url = "https://hook.test/in?key=hush-hush";
    await enode.webhooks.create({ url, secret: "s".repeat(32), events: ["*"] });
    expect(await pageOf(server)).toContain("<title>Fleet · Enode sandbox</title>");
    const stream = await fetch(`${server.apiUrl}/-/stream?tab=faults`);
    server.devices.add("anna", "charger");
    await server.deliver();
    const page = await pageOf(server, "?tab=faults");
    expect(page).toContain("<title>(1 webhook inactive) Faults · Enode sandbox</title>");
    const shown = "https://hook.test/in?…";
    expect(page).toContain(`href="/?tab=webhooks">1 webhook inactive: ${shown}</a>`);
    let news = "";
    for await (const chunk of stream.body ?? []) {
      news += new TextDecoder().decode(chunk);
      if (news.includes("event: news")) break;
    }
    expect(news).toContain(`The webhook ${shown} is inactive`);
    expect(news + page).not.toContain("hush-hush");
  });

  it("counts inactive webhooks beyond the first page of them", async () => {
    const { server, enode } = await startWithDeadReceiver();
    const body = { secret: "s".repeat(32), events: ["*" as const] };
    for (let each = 0; each < 60; each++) {
      await enode.webhooks.create({ ...body, url: `https://hook.test/${each}` });
    }
    server.devices.add("anna", "charger");
    await server.deliver();
    expect(await pageOf(server, "?tab=faults")).toContain(
      "60 webhooks inactive: https://hook.test/0, https://hook.test/1, and 58 more</a>",
    );
  });

  it("shows the message of a command, and whether it has failed", async () => {
    const server = await start();
    const token = await tokenOn(server.apiUrl);
    const messageOf = async (fields: Record<string, string>) => {
      const answer = await post(`${server.apiUrl}/-/do`, { token, back: "tab=connect", ...fields });
      const page = await pageOf(server, answer.headers.get("location")?.slice(1));
      return /<div class="(toast[^"]*)" id="toast"><p role="status" id="notice">([^<]*)</
        .exec(page)
        ?.slice(1);
    };
    const advanced = ["toast", expect.stringContaining("The clock was advanced: it is ")];
    expect(await messageOf({ do: "advance", minutes: "5" })).toEqual(advanced);
    const past = ["toast failed", "The clock only goes forward, and 2020-01-01 00:00 UTC is past."];
    expect(await messageOf({ do: "set-time", time: "2020-01-01T00:00" })).toEqual(past);
    expect(await pageOf(server)).toContain('<p role="status" id="notice"></p>');
  });

  it("answers a form of an earlier run with a page that leads back", async () => {
    const server = await start();
    const back = `tab=requests&q=${HOSTILE}`;
    const answer = await post(`${server.apiUrl}/-/do`, { token: "old", do: "advance", back });
    expect(answer.status).toBe(403);
    const page = await answer.text();
    expect(page).toMatch(/<a href="\/\?tab=requests&amp;q=[^"<]+">Load the page again</);
    const elsewhere = { token: "old", do: "advance", back: "https://evil.example/" };
    const other = await (await post(`${server.apiUrl}/-/do`, elsewhere)).text();
    expect(other).toMatch(/href="\/\?/);
    expect(await command(server, { do: "nothing" })).toBe("400");
  });

  it("names each run of the sandbox, in the page and in the stream", async () => {
    const runs = await Promise.all(
      [await start(), await start()].map(async (server) => {
        const run = /data-run="([^"]+)"/.exec(await pageOf(server))?.[1];
        let text = "";
        const stream = await fetch(`${server.apiUrl}/-/stream`);
        for await (const chunk of stream.body ?? []) {
          text += new TextDecoder().decode(chunk);
          if (text.includes("event: run")) break;
        }
        expect(text).toContain(`event: run\ndata: "${run}"`);
        return run;
      }),
    );
    expect(runs[0]).not.toBe(runs[1]);
  });
});
