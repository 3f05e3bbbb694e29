import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prettyJson } from "../../../../src/sandbox/pages/workbench/shared/pretty-json.ts";

describe("JSON in lines", () => {
  it("is laid out as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(prettyJson(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
      }),
      { examples: [['{"a":[],"b":{},"c":[{}],"d":"x:,[\\"{"}']] },
    );
  });

  it("keeps digits and members as they are", () => {
    const text = '{"a":12345678901234567890.10,"a":1e400}';
    expect(prettyJson(text)).toBe('{\n  "a": 12345678901234567890.10,\n  "a": 1e400\n}');
  });

  it("lays out what was cut off", () => {
    expect(prettyJson('[{"a":"b\\')).toBe('[\n  {\n    "a": "b\\');
    expect(prettyJson('{"a":tru')).toBe('{\n  "a": tru');
  });

  it("takes no more room than its text deserves, however deep", () => {
    const text = "[".repeat(32_000) + "]".repeat(32_000);
    expect(prettyJson(text).length).toBeLessThan(50 * text.length);
  });
});
