import ts from "typescript";
import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../src/storage/index.ts";
import { clientOver, failureOf } from "./support/client.ts";
import { type Method, methodsOf } from "./support/methods.ts";

/** What a method takes, as it is declared. */
function parametersOf({ owner, key }: Method): string[] {
  const text = String(owner[key]);
  // A method stands in a class, an arrow function in an expression.
  const isArrow = /^(async )?\([^)]*\) =>/.test(text);
  const source = ts.createSourceFile("m.ts", isArrow ? `(${text})` : `class M { ${text} }`, 99);
  let names: string[] | undefined;
  const visit = (node: ts.Node): void => {
    if (names === undefined && ts.isFunctionLike(node)) {
      names = node.parameters.map((each) => each.getText(source).split(" = ")[0] ?? "");
    } else ts.forEachChild(node, visit);
  };
  visit(source);
  return names ?? [];
}

/** Whether a parameter is an ID, a name or `{ hostUserId }`; all others are objects. */
const isText = /Id$|^(user|vendor|actionOrId)$/;

function recording() {
  const sent: string[] = [];
  const enode = clientOver(
    async (request) => {
      sent.push(new URL(request.url).pathname);
      return Response.json({ data: [], pagination: { after: null, before: null } });
    },
    { clientId: "c", storage: memoryStorage() },
  );
  return { enode, sent };
}

const { enode } = recording();
const roots: Record<string, (from: typeof enode) => object> = {
  enode: ({ request: _, user: __, ...resources }) => resources,
  "enode.user()": (from) => from.user("anna"),
};

const calls = Object.entries(roots).flatMap(([root, of]) =>
  methodsOf(of(enode)).flatMap((method) =>
    parametersOf(method).flatMap((parameter, at) =>
      // The rest of disconnectVendor may be either, and has tests of its own.
      parameter.startsWith("...") ? [] : [{ root, name: method.name, parameter, at }],
    ),
  ),
);

const junk = [null, 7, true, () => undefined];

describe("a method of a resource that is given something other than it takes", () => {
  it("is found with all its parameters", () => {
    const names = calls.map(({ root, name, parameter }) => `${root}.${name} ${parameter}`);
    expect(names).toEqual(
      expect.arrayContaining([
        "enode.vehicles.list query",
        "enode.vehicles.list options",
        "enode.users.list query",
        "enode.users.link session",
        "enode.webhooks.ensure subscription",
        "enode.interventions.get query",
        "enode.vehicles.actions.wait options",
        "enode.service.isReady options",
        "enode.user().schedules.list query",
        "enode.user().statistics.charging query",
        "enode.user().locations.create location",
      ]),
    );
    expect(names.length).toBeGreaterThan(150);
  });

  it.each(calls)("refuses it: $root $name, $parameter", async ({ root, name, parameter, at }) => {
    const { enode: client, sent } = recording();
    const method = methodsOf(roots[root]?.(client) ?? {}).find((each) => each.name === name);
    if (method === undefined) throw new Error(`There is no ${name}.`);
    const names = parametersOf(method);
    for (const value of isText.test(parameter) ? junk : [...junk, "text"]) {
      // IDs where these are due, and objects elsewhere.
      const before = names.slice(0, at).map((each) => (isText.test(each) ? "some-id" : {}));
      const call = async () => method.owner[method.key]?.(...([...before, value] as never[]));
      const failure = await failureOf(call());
      expect(failure, String(value)).toMatchObject({
        name: "ConfigurationError",
        code: "invalid_argument",
      });
      if (!isText.test(parameter)) expect(failure.message).toMatch(/\bobject\b/i);
    }
    expect(sent).toEqual([]);
  });

  it.each(["u", null])("gets the parameters of a list in place of %j", async (value) => {
    const { enode: client } = recording();
    // As a caller without types may pass it.
    const query = value as unknown as object;
    for (const use of [
      () => client.vehicles.list(query),
      () => client.vehicles.list(query).toArray({ limit: 1 }),
    ]) {
      expect(await failureOf(use())).toMatchObject({
        parameter: "query",
        message: expect.stringContaining("userId"),
      });
    }
    expect(await failureOf(client.users.list(query))).toMatchObject({
      parameter: "query",
    });
  });

  it("gets the parameter that was meant", async () => {
    const { enode: client, sent } = recording();
    const messageOf = async (list: PromiseLike<unknown>) => (await failureOf(list)).message;
    const query: object = { userID: "anna" };
    const inList = "There is after, before, pageSize, userId.";
    const expected = `There is no query parameter "userID" here; did you mean userId? ${inList}`;
    expect(await messageOf(client.vehicles.list(query))).toBe(expected);
    expect(await messageOf(client.vehicles.list({ ...query, userId: "anna" }))).toBe(expected);
    expect(await messageOf(client.vehicles.list(query).toArray({ limit: 1 }))).toBe(expected);
    // Where a list is not by user, there is no such parameter.
    expect(await messageOf(client.webhooks.list(query))).toBe(
      'There is no query parameter "userID" here; there is after, before, pageSize.',
    );
    expect(sent).toEqual([]);
  });
});
