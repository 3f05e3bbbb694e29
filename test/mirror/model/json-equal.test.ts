import { expect, it } from "vitest";
import { isSameJson } from "../../../src/mirror/model/json-equal.ts";

it.each([
  ['{"a":1,"b":[1,{"c":null}]}', '{"b":[1,{"c":null}],"a":1}'],
  ["[1,2]", "[1, 2]"],
])("%s says the same as %s", (one, other) => {
  expect(isSameJson(one, other)).toBe(true);
});

it.each([
  ['{"a":1}', '{"a":2}'],
  ['{"a":1}', '{"a":1,"b":null}'],
  ['{"a":null}', '{"b":null}'],
  ["[1,2]", "[2,1]"],
  ["[]", "{}"],
  ["{}", null],
  ['{"__proto__":1}', '{"a":1}'],
  ["{", "{ "],
])("%s does not say the same as %s", (one, other) => {
  expect(isSameJson(one, other)).toBe(false);
});
