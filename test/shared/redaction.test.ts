import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlineCause, redact, redactCause, redactDeep } from "../../src/shared/redaction.ts";

const secret = 'p+/="ä\\q';

describe("redacting text", () => {
  it.each<[string, string]>([
    ["as it is", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["form-encoded", new URLSearchParams({ a: secret }).toString().slice(2)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in base64", btoa(secret)],
    ["in base64url", Buffer.from(secret, "latin1").toString("base64url")],
  ])("finds a secret %s", (_how, form) => {
    expect(redact(`before ${form} after ${form}`, ["", secret])).toBe(
      "before [redacted] after [redacted]",
    );
  });

  it.each([
    ["Authorization: Bearer abcdef.ghi-jkl_mno", "Authorization: Bearer [redacted]"],
    ["authorization: basic YWJjOmRlZg==", "authorization: basic [redacted]"],
    ["a bearer of news", "a bearer of news"],
  ])("finds credentials that it does not know: %s", (text, clean) => {
    expect(redact(text, [])).toBe(clean);
  });

  it("leaves text without secrets as it is", () => {
    expect(redact("nothing here", ["", "x-secret"])).toBe("nothing here");
  });

  it("does not stumble over secrets that are part of its mask or of each other", () => {
    expect(redact("e abcd abc", ["e", "abc", "abcd"])).toBe("[redacted] [redacted] [redacted]");
  });

  it("leaves nothing of any secret, whatever it is made of", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 6 }), fc.string(), (value, other) => {
        const forms = [value, encodeURIComponent(value.toWellFormed()), JSON.stringify(value)];
        const clean = redact(forms.join(other), [value]);
        // The text between could itself hold the secret by chance, but then it is replaced, too.
        for (const form of forms) expect(clean).not.toContain(form);
      }),
    );
  });

  it("reaches every member of a JSON value, and its keys", () => {
    const value = { a: ["x s3cret", { "s3cret-key": 1 }], b: null, c: true, d: 5 };

    expect(redactDeep(value, ["s3cret"])).toEqual({
      a: ["x [redacted]", { "[redacted]-key": 1 }],
      b: null,
      c: true,
      d: 5,
    });
  });
});

describe("a JSON value that is too large to redact", () => {
  const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}"x"${"]".repeat(depth)}`);

  it.each<[string, unknown]>([
    ["nested 20,000 deep", nested(20_000)],
    ["nested too deep for a problem", { type: "t", title: "T", more: nested(100) }],
    ["400,000 strings", Array.from({ length: 400_000 }, () => "x")],
    ["400,000 empty members", [Array.from({ length: 400_000 }, () => [])]],
  ])("is left out: %s", (_what, value) => {
    expect(redactDeep(value, ["s3cret"])).toBeUndefined();
  });

  it("is not one that is as large as a problem may be", () => {
    const value = { issues: Array.from({ length: 500 }, () => ({ path: ["a"], text: "s3cret" })) };

    expect(JSON.stringify(redactDeep(value, ["s3cret"]))).not.toContain("s3cret");
    expect(redactDeep(nested(40), ["s3cret"])).toEqual(nested(40));
  });
});

const systemError = () =>
  Object.assign(new Error("connect ECONNREFUSED s3cret"), {
    code: "ECONNREFUSED",
    errno: -111,
    syscall: "connect",
    address: "127.0.0.1",
    port: 80,
    request: { headers: { authorization: "Bearer s3cret" } },
  });

describe("redacting a cause", () => {
  it("keeps name, message, stack and system codes, and nothing else", () => {
    const original = systemError();
    const copy = redactCause(original, ["s3cret"]);

    expect(copy).not.toBe(original);
    expect(copy).toMatchObject({ name: "Error", message: "connect ECONNREFUSED [redacted]" });
    expect({ ...copy }).toEqual({
      name: "Error",
      code: "ECONNREFUSED",
      errno: -111,
      syscall: "connect",
      address: "127.0.0.1",
      port: 80,
    });
    expect(copy.stack).toContain("redaction.test.ts");
    expect(copy.stack).not.toContain("s3cret");
  });

  it("does the same for causes of causes, up to a depth", () => {
    let error: Error = new TypeError("s3cret 0");
    for (let n = 1; n < 10; n++) error = new Error(`s3cret ${n}`, { cause: error });

    let depth = 0;
    let at: unknown = redactCause(error, ["s3cret"]);
    for (; at instanceof Error; at = at.cause, depth++) expect(at.message).not.toContain("s3cret");

    expect(depth).toBe(5);
  });

  it("ends with causes that go round", () => {
    const error = new Error("a");
    error.cause = error;

    expect(redactCause(error, [])).toMatchObject({ message: "a", cause: { message: "a" } });
  });

  it("keeps errors that stand side by side, one for each address that was tried", () => {
    const error = new TypeError("fetch failed", {
      cause: Object.assign(new AggregateError([systemError(), systemError()]), {
        code: "ETIMEDOUT",
      }),
    });

    const cause = redactCause(error, ["s3cret"]).cause as AggregateError;

    expect(cause).toMatchObject({ name: "AggregateError", code: "ETIMEDOUT" });
    expect(cause.errors).toMatchObject([{ address: "127.0.0.1" }, { syscall: "connect" }]);
    expect(cause.errors[0].message).toBe("connect ECONNREFUSED [redacted]");
    expect(cause.errors[0]).not.toHaveProperty("request");
  });

  it("keeps codes of errors of another realm", () => {
    const foreign = runInNewContext(
      "Object.assign(new TypeError('x'), { cause: Object.assign(new Error('s3cret'), { code: 'ECONNREFUSED' }) })",
    );

    const copy = redactCause(foreign, ["s3cret"]);

    expect(copy).toMatchObject({ name: "TypeError", cause: { code: "ECONNREFUSED" } });
    expect((copy.cause as Error).message).toBe("[redacted]");
    expect(outlineCause(foreign, [])).toMatchObject({ name: "TypeError" });
  });

  it("takes what is no error as text", () => {
    expect(redactCause("s3cret happened", ["s3cret"]).message).toBe("[redacted] happened");
    expect(redactCause(Object.create(null), []).message).toBe("object");
  });
});

describe("outlining a cause", () => {
  it("leaves out what it says, and keeps where and of which kind it was", () => {
    const inner = systemError();
    const error = new TypeError("cannot read 'unknown-token'\n    in line 5", { cause: inner });

    const copy = outlineCause(error, []);

    expect(copy.name).toBe("TypeError");
    expect(copy.cause).toMatchObject({ code: "ECONNREFUSED", syscall: "connect" });
    for (const each of [copy, copy.cause as Error]) {
      expect(each.message).toContain("left out");
      expect(each.stack).toMatch(/\n {4}at .*redaction\.test\.ts/);
      expect(`${each.message} ${each.stack}`).not.toMatch(/unknown-token|s3cret|line 5/);
    }
  });

  it("leaves out what is no error altogether", () => {
    for (const value of ["unknown-token", Object.create(null), undefined]) {
      expect(outlineCause(value, []).message).toContain("left out");
    }
  });

  it("is not tricked by a message that looks like a stack", () => {
    const error = new Error("x\n    at unknown-token");

    expect(outlineCause(error, []).stack).not.toContain("unknown-token");
  });
});
