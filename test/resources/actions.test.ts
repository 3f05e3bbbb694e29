import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  ActionEvents,
  ActionTimeoutError,
  Enode,
  EnodeOptions,
  VehicleAction,
  VendorActionUpdatedEvent,
  WaitOptions,
} from "../../src/index.ts";
import { settled } from "../support/clock.ts";
import { clientOver, failureOf, hang, listenersOf } from "./support/client.ts";

const id = "7e2f8a44-9a3c-4a6e-8a0b-0d1f5b6c7d8e";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
});

/** How one request for the action is answered: by a state, a status, or by a function. */
type Answer = string | number | ((request: Request) => Promise<Response>);

function action(state: string, more: Partial<VehicleAction> = {}): VehicleAction {
  // Waiting reads no other member.
  return { id, state, failureReason: null, ...more } as VehicleAction;
}

/** A client whose requests are answered one after the other, the last answer again and again. */
function following(answers: readonly Answer[], options: Partial<EnodeOptions> = {}) {
  const begin = Date.now();
  const polls: number[] = [];
  const paths: string[] = [];
  const fetch = async (request: Request) => {
    const answer = answers[Math.min(polls.length, answers.length - 1)] ?? 500;
    polls.push(Date.now() - begin);
    paths.push(`${request.method} ${new URL(request.url).pathname}`);
    if (typeof answer === "function") return answer(request);
    return typeof answer === "number"
      ? Response.json({}, { status: answer })
      : Response.json(action(answer));
  };
  const enode = clientOver(fetch, options);
  return { enode, polls, paths };
}

/** Waits to the end, however long it takes. */
async function waitFor(enode: Enode, target: VehicleAction | string, options?: WaitOptions) {
  const waiting = enode.vehicles.actions.wait(target, options);
  const outcome = waiting.then(
    (done) => ({ done }),
    (error) => ({ error }),
  );
  return settled(outcome as Promise<{ done?: VehicleAction; error?: ActionTimeoutError }>);
}

describe("actions.wait", () => {
  it("polls after 1 s, then less and less often, every 15 s in the end", async () => {
    const { enode, polls } = following([...Array(12).fill("PENDING"), "CONFIRMED"]);
    const { done } = await waitFor(enode, action("PENDING"));
    expect(done).toEqual(action("CONFIRMED"));
    const pauses = polls.map((at, index) => at - (polls[index - 1] ?? 0));
    expect(pauses[0]).toBe(1000);
    expect(pauses.slice(1, 7)).toEqual(pauses.slice(1, 7).toSorted((a, b) => a - b));
    expect(pauses[1]).toBeGreaterThan(1000);
    expect(pauses.slice(8)).toEqual([15_000, 15_000, 15_000, 15_000, 15_000]);
    expect(Math.max(...pauses)).toBe(15_000);
  });

  it("takes up to a quarter off each pause, so that waits do not stay in step", async () => {
    const pausesWith = async (random: number) => {
      vi.spyOn(Math, "random").mockReturnValue(random);
      const { enode, polls } = following([...Array(12).fill("PENDING"), "CONFIRMED"]);
      await waitFor(enode, id);
      return polls.map((at, index) => at - (polls[index - 1] ?? 0));
    };
    const longest = await pausesWith(0);
    const shortest = await pausesWith(0.999_999);
    for (const [index, long] of longest.entries()) {
      const share = (shortest[index] ?? 0) / long;
      // The first poll has no jitter; timers count in whole milliseconds.
      expect(share).toBeCloseTo(index === 0 ? 1 : 0.75, 2);
    }
  });

  it("goes on by the ID alone, as another process would", async () => {
    const { enode, paths } = following(["PENDING", "CONFIRMED"]);
    expect(await waitFor(enode, id)).toEqual({ done: action("CONFIRMED") });
    expect(paths).toEqual(Array(2).fill(`GET /vehicles/actions/${id}`));
  });

  it("sends nothing for an action that is already done", async () => {
    const { enode, polls } = following(["PENDING"]);
    const confirmed = action("CONFIRMED");
    expect(await enode.vehicles.actions.wait(confirmed)).toBe(confirmed);
    const failed = enode.vehicles.actions.wait(action("FAILED"));
    expect(await failureOf(failed)).toMatchObject({ name: "ActionFailedError" });
    const cancelled = enode.vehicles.actions.wait(action("CANCELLED"));
    expect(await failureOf(cancelled)).toMatchObject({ name: "ActionCancelledError" });
    expect(polls).toEqual([]);
  });

  it("goes on through states that nobody knows yet", async () => {
    const { enode, polls } = following(["QUEUED_AT_VENDOR", "confirmed", "CONFIRMED"]);
    expect(await waitFor(enode, id)).toEqual({ done: action("CONFIRMED") });
    expect(polls).toHaveLength(3);
  });

  it.each(["vehicles", "chargers", "hvacs", "batteries"] as const)("works for %s", async (kind) => {
    const { enode, paths } = following(["PENDING", "CONFIRMED"]);
    const waiting: Promise<unknown> = enode[kind].actions.wait(id);
    expect(await settled(waiting)).toMatchObject({ id, state: "CONFIRMED" });
    expect(paths).toEqual(Array(2).fill(`GET /${kind}/actions/${id}`));
  });
});

describe("an action that does not end well", () => {
  const failureReason = { type: "NO_RESPONSE", detail: "the car sleeps" } as const;

  it.each([
    ["FAILED", "ActionFailedError", "action_failed"],
    ["CANCELLED", "ActionCancelledError", "action_cancelled"],
  ])("is reported with its reason and what was seen of it: %s", async (state, name, code) => {
    const begin = Date.now();
    const last = action(state, { failureReason });
    const { enode } = following(["PENDING", "PENDING", async () => Response.json(last)]);
    const { error } = await waitFor(enode, action("PENDING"));
    expect(error).toMatchObject({ name, code, actionId: id, action: last, failureReason });
    expect(error?.message).toContain("NO_RESPONSE, the car sleeps");
    expect(error?.states).toEqual([
      { state: "PENDING", at: new Date(begin) },
      { state, at: new Date(begin + 1000 + 1500 + 2250) },
    ]);
  });

  it("is reported as such when it takes too long", async () => {
    const begin = Date.now();
    const { enode, polls } = following(["PENDING", "ODD", "PENDING"]);
    const { error } = await waitFor(enode, id, { deadline: 20_000 });
    expect(Date.now() - begin).toBe(20_000);
    expect(error).toMatchObject({
      name: "ActionTimeoutError",
      code: "action_timeout",
      actionId: id,
      action: action("PENDING"),
      failureReason: null,
      states: [
        { state: "PENDING", at: new Date(begin + 1000) },
        { state: "ODD", at: new Date(begin + 2500) },
        { state: "PENDING", at: new Date(begin + 4750) },
      ],
    });
    expect(error?.message).toContain("20000 ms");
    // There is a last poll shortly before the end.
    expect(polls.at(-1)).toBeGreaterThan(18_000);
  });

  it("is given up after 5 minutes by default", async () => {
    const begin = Date.now();
    const { enode } = following(["PENDING"]);
    const { error } = await waitFor(enode, id);
    expect(error?.name).toBe("ActionTimeoutError");
    expect(Date.now() - begin).toBe(300_000);
  });

  it("quotes no more of a reason than a log keeps", async () => {
    const failureReason = { type: "NO_RESPONSE", detail: "a".repeat(100_000) } as const;
    const failed = following([]).enode.vehicles.actions.wait(action("FAILED", { failureReason }));

    const error = await failureOf(failed);
    expect(error.message.length).toBeLessThan(600);
    expect(error).toMatchObject({ failureReason });
  });

  it("quotes IDs and reasons without control characters", async () => {
    const odd = "a\nb\u001b[31m\u2028c";
    const timedOut = await waitFor(following([404]).enode, odd, { deadline: 5_000 });
    const late = { type: "NO_RESPONSE", detail: "It did not respond in time." } as never;
    const ended = await waitFor(following([]).enode, action("FAILED", { failureReason: late }));
    expect(ended.error?.message).toMatch(/respond in time\.$/);
    expect(ended.error?.message).not.toContain("..");
    const failureReason = { type: "FAILED", detail: "no\r\nlevel=error" } as never;
    const failed = await waitFor(following([]).enode, action("FAILED", { id: odd, failureReason }));
    for (const { error } of [timedOut, failed]) {
      expect(error?.message).toContain("a%0Ab%1B[31m%E2%80%A8c");
      expect(error?.message).not.toMatch(/[\p{Cc}\p{Zl}]/u);
      expect(error?.actionId).toBe(odd);
    }
    const aborted = following(["PENDING"]).enode.vehicles.actions.wait(odd, {
      signal: AbortSignal.abort(),
    });
    await expect(aborted).rejects.toThrow(/^Waiting for action a%0Ab/);
  });

  it("may never have been seen at all", async () => {
    const { enode } = following([404]);
    const { error } = await waitFor(enode, id, { deadline: 5_000 });
    expect(error).toMatchObject({
      name: "ActionTimeoutError",
      action: undefined,
      failureReason: null,
      states: [],
    });
    expect(error?.message).toContain("never seen");
  });
});

describe("a poll that fails", () => {
  it.each([404, 408, 409, 429, 500, 502, 503, 504])(
    "does not end the wait with a %i",
    async (status) => {
      const { enode } = following([status, "PENDING", status, "CONFIRMED"]);
      expect(await waitFor(enode, id)).toEqual({ done: action("CONFIRMED") });
    },
  );

  it("does not end the wait when the connection breaks", async () => {
    const reset = async () => {
      throw Object.assign(new TypeError("fetch failed"), {
        cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
      });
    };
    const { enode } = following([reset, "CONFIRMED"]);
    expect(await waitFor(enode, id)).toEqual({ done: action("CONFIRMED") });
  });

  it("does not end the wait when it takes too long", async () => {
    const { enode, polls } = following([hang, "CONFIRMED"]);
    expect(await waitFor(enode, id, { timeout: 3_000 })).toEqual({ done: action("CONFIRMED") });
    expect(polls).toEqual([1000, 1000 + 3000 + 1500]);
  });

  it("does not end the wait when no token can be had for now", async () => {
    let tries = 0;
    const tokenProvider = async () => {
      if (tries++ === 0) throw new Error("the vault is closed");
      return { token: "token-2", expiresAt: Date.now() + 3_600_000 };
    };
    const { enode } = following(["CONFIRMED"], { tokenProvider });
    expect(await waitFor(enode, id)).toEqual({ done: action("CONFIRMED") });
    expect(tries).toBe(2);
  });

  it.each([
    [400, "BadRequestError"],
    [401, "AuthenticationError"],
    [403, "PermissionError"],
    [422, "UnprocessableError"],
  ])("ends the wait with a %i", async (status, name) => {
    const { enode, paths } = following(["PENDING", status]);
    const { error } = await waitFor(enode, id);
    expect(error).toMatchObject({ name, status });
    // A 401 is answered by one more try with a new token.
    expect(paths).toHaveLength(status === 401 ? 3 : 2);
  });

  it("ends the wait when the answer is no action", async () => {
    const { enode } = following([async () => new Response("<html>", { status: 200 })]);
    const { error } = await waitFor(enode, id);
    expect(error?.name).toBe("ResponseValidationError");
  });
});

describe("the receiver of a wait", () => {
  type Handler = (event: VendorActionUpdatedEvent) => void;

  /** Stands in for a WebhookReceiver. */
  function receiving() {
    const handlers = new Set<Handler>();
    const subscribed: string[] = [];
    const receiver: ActionEvents = {
      on(name, handler) {
        subscribed.push(name);
        handlers.add(handler);
        return () => {
          handlers.delete(handler);
        };
      },
    };
    const send = (vendorAction: VehicleAction | undefined, userId = "user-1") => {
      // Waiting reads no other member.
      const event = { user: { id: userId }, vendorAction } as VendorActionUpdatedEvent;
      for (const handler of handlers) handler(event);
    };
    return { receiver, handlers, subscribed, send };
  }

  function expectNothingLeft(handlers: Set<Handler>, signal?: AbortSignal): void {
    expect(handlers.size).toBe(0);
    if (signal) expect(listenersOf(signal)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  }

  it("ends it with an event, at once", async () => {
    const { signal } = new AbortController();
    const { receiver, handlers, subscribed, send } = receiving();
    const { enode, polls } = following(["PENDING"]);
    const waiting = enode.vehicles.actions.wait(id, { receiver, signal });
    // Before the first poll, or events until then would be missed.
    expect(subscribed).toEqual(["user:vendor-action:updated"]);
    await vi.advanceTimersByTimeAsync(500);
    send(action("CONFIRMED"));
    expect(await waiting).toEqual(action("CONFIRMED"));
    expect(polls).toEqual([]);
    expectNothingLeft(handlers, signal);
  });

  it("ends a poll that is in flight", async () => {
    let polled: Request | undefined;
    const { receiver, handlers, send } = receiving();
    const { enode } = following([
      (request) => {
        polled = request;
        return hang(request);
      },
    ]);
    const waiting = enode.vehicles.actions.wait(id, { receiver });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(polled?.signal.aborted).toBe(false);
    send(action("CONFIRMED"));
    expect(await waiting).toEqual(action("CONFIRMED"));
    expect(polled?.signal.aborted).toBe(true);
    expectNothingLeft(handlers);
  });

  it("leaves polling as it is", async () => {
    const { receiver, handlers } = receiving();
    const answers = ["PENDING", 503, "PENDING", "CONFIRMED"] as const;
    const alone = following(answers);
    await waitFor(alone.enode, id);
    const { enode, polls } = following(answers);
    expect(await waitFor(enode, id, { receiver })).toEqual({ done: action("CONFIRMED") });
    expect(polls).toEqual(alone.polls);
    expectNothingLeft(handlers);
  });

  it.each([
    ["FAILED", "ActionFailedError", "action_failed"],
    ["CANCELLED", "ActionCancelledError", "action_cancelled"],
  ])("fails it with the same error as a poll: %s", async (state, name, code) => {
    const begin = Date.now();
    const failureReason = { type: "NO_RESPONSE", detail: "the car sleeps" } as const;
    const last = action(state, { failureReason });
    const { receiver, handlers, send } = receiving();
    const { enode } = following(["PENDING"]);
    const failure = failureOf(enode.vehicles.actions.wait(id, { receiver }));
    await vi.advanceTimersByTimeAsync(1_200);
    send(last);
    const error = await failure;
    expect(error).toMatchObject({ name, code, actionId: id, action: last, failureReason });
    expect(error.message).toContain("NO_RESPONSE, the car sleeps");
    expect(error).toMatchObject({
      states: [
        { state: "PENDING", at: new Date(begin + 1_000) },
        { state, at: new Date(begin + 1_200) },
      ],
    });
    expectNothingLeft(handlers);
  });

  it("continues after events without an end, and remembers the states", async () => {
    const begin = Date.now();
    const { receiver, handlers, send } = receiving();
    const { enode } = following([404]);
    const failure = failureOf(enode.vehicles.actions.wait(id, { receiver, deadline: 5_000 }));
    await vi.advanceTimersByTimeAsync(100);
    send(action("PENDING"));
    await vi.advanceTimersByTimeAsync(100);
    send(action("PENDING"));
    send(action("QUEUED_AT_VENDOR"));
    expect(await settled(failure)).toMatchObject({
      name: "ActionTimeoutError",
      action: action("QUEUED_AT_VENDOR"),
      states: [
        { state: "PENDING", at: new Date(begin + 100) },
        { state: "QUEUED_AT_VENDOR", at: new Date(begin + 200) },
      ],
    });
    expectNothingLeft(handlers);
  });

  it("says nothing by events of other actions, or of none", async () => {
    const { receiver, send } = receiving();
    const { enode } = following([404]);
    const failure = failureOf(enode.vehicles.actions.wait(id, { receiver, deadline: 5_000 }));
    send(action("CONFIRMED", { id: "another" }));
    send(undefined);
    expect(await settled(failure)).toMatchObject({ name: "ActionTimeoutError", states: [] });
  });

  it("cannot be overruled by the answer of a poll that comes late", async () => {
    const { receiver, send } = receiving();
    const { enode } = following([]);
    // The answer is there already when the event comes, so that no abort can stop it.
    vi.spyOn(enode.vehicles.actions, "get").mockImplementation(() => {
      send(action("CONFIRMED"));
      return Promise.resolve(action("PENDING")) as ReturnType<Enode["vehicles"]["actions"]["get"]>;
    });
    expect(await waitFor(enode, id, { receiver })).toEqual({ done: action("CONFIRMED") });
  });

  it("is ignored once a poll has shown the end", async () => {
    const { receiver, handlers, send } = receiving();
    const { enode } = following(["CONFIRMED"]);
    expect(await waitFor(enode, id, { receiver })).toEqual({ done: action("CONFIRMED") });
    expectNothingLeft(handlers);
    send(action("FAILED"));
  });

  it.each<[string, Answer, WaitOptions, string]>([
    ["an error", 403, {}, "PermissionError"],
    ["running out of time", "PENDING", { deadline: 4_000 }, "ActionTimeoutError"],
    ["a failure told by a poll", "FAILED", {}, "ActionFailedError"],
    ["a cancellation told by a poll", "CANCELLED", {}, "ActionCancelledError"],
  ])("is left alone after %s", async (_, answer, options, name) => {
    const { signal } = new AbortController();
    const { receiver, handlers } = receiving();
    const { enode } = following([answer]);
    const { error } = await waitFor(enode, id, { ...options, receiver, signal });
    expect(error?.name).toBe(name);
    expectNothingLeft(handlers, signal);
  });

  it("is left alone when the signal fires, or has fired", async () => {
    const { receiver, handlers } = receiving();
    const { enode, polls } = following(["PENDING"]);
    const controller = new AbortController();
    const { signal } = controller;
    const failure = failureOf(enode.vehicles.actions.wait(id, { receiver, signal }));
    await vi.advanceTimersByTimeAsync(500);
    controller.abort(new Error("the user left"));
    const expected = { name: "AbortError", cause: { message: "the user left" } };
    expect(await failure).toMatchObject(expected);
    expectNothingLeft(handlers, signal);
    const late = failureOf(enode.vehicles.actions.wait(id, { receiver, signal }));
    expect(await late).toMatchObject(expected);
    expectNothingLeft(handlers, signal);
    expect(polls).toEqual([]);
  });

  it("is left alone when the action is already done", async () => {
    const { receiver, handlers } = receiving();
    const { enode } = following(["PENDING"]);
    const confirmed = action("CONFIRMED");
    expect(await enode.vehicles.actions.wait(confirmed, { receiver })).toBe(confirmed);
    expectNothingLeft(handlers);
  });

  it("is heard by one user's scope only with events of that user", async () => {
    const { receiver, send } = receiving();
    const waitAs = async (userId: string) => {
      const { enode } = following([404]);
      const { actions } = enode.user("user-1").vehicles;
      const own = action("PENDING", { userId: "user-1" });
      const waiting = actions.wait(own, { receiver, deadline: 5_000 }).catch((error) => error);
      await vi.advanceTimersByTimeAsync(100);
      send(action("CONFIRMED"), userId);
      return settled(waiting);
    };
    expect(await waitAs("user-2")).toMatchObject({ name: "ActionTimeoutError" });
    expect(await waitAs("user-1")).toEqual(action("CONFIRMED"));
  });

  it("may serve many waits at once", async () => {
    const { receiver, handlers, send } = receiving();
    const { enode } = following(["PENDING"]);
    const first = enode.vehicles.actions.wait("a-1", { receiver });
    const second = enode.vehicles.actions.wait("a-2", { receiver });
    await vi.advanceTimersByTimeAsync(100);
    send(action("CONFIRMED", { id: "a-2" }));
    expect(await second).toMatchObject({ id: "a-2" });
    expect(handlers.size).toBe(1);
    send(action("CONFIRMED", { id: "a-1" }));
    expect(await first).toMatchObject({ id: "a-1" });
    expectNothingLeft(handlers);
  });

  it.each([null, {}, { on: true }, "receiver"])(
    "is refused before anything is sent when it is %o",
    async (receiver) => {
      const { signal } = new AbortController();
      const { enode, polls } = following(["CONFIRMED"]);
      // What a caller without types can pass.
      const options = { receiver, signal } as unknown as WaitOptions;
      expect(await failureOf(enode.vehicles.actions.wait(id, options))).toMatchObject({
        name: "ConfigurationError",
        code: "invalid_argument",
        parameter: "receiver",
      });
      expect(polls).toEqual([]);
      expect(listenersOf(signal)).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});

describe("the signal of a wait", () => {
  it("ends it while it sleeps", async () => {
    const { enode, polls } = following(["PENDING"]);
    const controller = new AbortController();
    const { signal } = controller;
    const failure = failureOf(enode.vehicles.actions.wait(id, { signal }));
    await vi.advanceTimersByTimeAsync(500);
    controller.abort(new Error("the user left"));
    expect(await failure).toMatchObject({
      name: "AbortError",
      cause: { message: "the user left" },
    });
    expect(polls).toEqual([]);
    expect(listenersOf(signal)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends it while a poll is in flight, and the poll with it", async () => {
    let polled: Request | undefined;
    const { enode } = following([
      (request) => {
        polled = request;
        return hang(request);
      },
    ]);
    const controller = new AbortController();
    const { signal } = controller;
    const failure = failureOf(enode.vehicles.actions.wait(id, { signal }));
    await vi.advanceTimersByTimeAsync(1500);
    expect(polled?.signal.aborted).toBe(false);
    controller.abort();
    expect(await failure).toMatchObject({ name: "AbortError" });
    expect(polled?.signal.aborted).toBe(true);
    expect(listenersOf(signal)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends it at once when it has already fired", async () => {
    const { enode, polls } = following(["PENDING"]);
    const failure = failureOf(enode.vehicles.actions.wait(id, { signal: AbortSignal.abort() }));
    expect(await failure).toMatchObject({ name: "AbortError" });
    expect(polls).toEqual([]);
  });

  it("is left without listeners when the action is done", async () => {
    const { signal } = new AbortController();
    const { enode } = following(["PENDING", 404, "CONFIRMED"]);
    await waitFor(enode, id, { signal });
    expect(listenersOf(signal)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the deadline of a wait", () => {
  it("ends a poll that hangs, as a time-out of the action", async () => {
    const begin = Date.now();
    let polled: Request | undefined;
    const { enode } = following([
      "PENDING",
      (request) => {
        polled = request;
        return hang(request);
      },
    ]);
    const { error } = await waitFor(enode, id, { deadline: 4_000, timeout: 60_000 });
    expect(Date.now() - begin).toBe(4_000);
    expect(error).toMatchObject({
      name: "ActionTimeoutError",
      states: [{ state: "PENDING" }],
      cause: { name: "TimeoutError" },
    });
    expect(polled?.signal.aborted).toBe(true);
  });

  it("ends the repetitions of a poll too", async () => {
    const begin = Date.now();
    const { enode } = following([503], { maxRetries: 50 });
    const { error } = await waitFor(enode, id, { deadline: 10_000 });
    expect(error?.name).toBe("ActionTimeoutError");
    expect(Date.now() - begin).toBeLessThanOrEqual(10_000);
  });

  it("may be shorter than the first pause", async () => {
    const { enode, polls } = following(["CONFIRMED"]);
    expect(await waitFor(enode, id, { deadline: 600 })).toEqual({ done: action("CONFIRMED") });
    expect(polls[0]).toBeLessThan(600);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "must be possible, unlike %d",
    async (deadline) => {
      const { enode, polls } = following(["CONFIRMED"]);
      const failure = failureOf(enode.vehicles.actions.wait(id, { deadline }));
      expect(await failure).toMatchObject({ name: "ConfigurationError", parameter: "deadline" });
      expect(polls).toEqual([]);
    },
  );
});

describe("the ID of an action to wait for", () => {
  it.each([
    ["an empty string", ""],
    ["two dots", ".."],
    ["undefined", undefined],
    ["null", null],
    ["an action without an ID", {}],
  ])("is refused at once when it is %s", async (_, target) => {
    const { enode, polls } = following(["CONFIRMED"]);
    // What a caller without types can pass.
    const failure = failureOf(enode.vehicles.actions.wait(target as string));
    expect(await failure).toMatchObject({ name: "ConfigurationError", parameter: "actionId" });
    expect(polls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("actions.get", () => {
  it("reads the action", async () => {
    const { enode, paths } = following(["PENDING"]);
    const { data, response } = await enode.chargers.actions.get(id).withResponse();
    expect(data).toEqual(action("PENDING"));
    expect(response.status).toBe(200);
    expect(paths).toEqual([`GET /chargers/actions/${id}`]);
  });
});

describe("actions.cancel", () => {
  it("gives the action as it was cancelled", async () => {
    const { enode, paths } = following(["CANCELLED"]);
    expect(await enode.vehicles.actions.cancel(id)).toEqual(action("CANCELLED"));
    expect(paths).toEqual([`POST /vehicles/actions/${id}/cancel`]);
  });

  it.each(["vehicles", "chargers", "hvacs", "batteries"] as const)(
    "gives back an action that had already ended: %s",
    async (kind) => {
      const ended = async () => Response.json(action("CONFIRMED"), { status: 409 });
      const { enode } = following([ended]);
      const { data, response } = await enode[kind].actions.cancel(id).withResponse();
      expect(data).toEqual(action("CONFIRMED"));
      expect(response.status).toBe(409);
    },
  );

  it("is a conflict when the answer is a problem", async () => {
    const problem = { type: "https://example.com/conflict", title: "Conflict", detail: "busy" };
    const { enode } = following([async () => Response.json(problem, { status: 409 })]);
    expect(await failureOf(enode.vehicles.actions.cancel(id))).toMatchObject({
      name: "ConflictError",
      problem,
    });
  });
});
