import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type OperationId, type OperationSpec, operations } from "../../../generated/operations.ts";
import { Enode } from "../../enode.ts";
import { isApiError } from "../../errors/index.ts";
import { oneOf, refuseMore, toPair } from "../shared/arguments.ts";
import type { Command } from "../shared/command.ts";
import { printable, type Terminal, table } from "../shared/terminal.ts";
import { UsageError } from "../shared/usage-error.ts";

const options = {
  path: {
    type: "string",
    multiple: true,
    value: "<name=value>",
    help: "a value of the path; may be given more than once",
  },
  query: {
    type: "string",
    multiple: true,
    value: "<name=value>",
    help: "a parameter of the query; may be given more than once",
  },
  body: {
    type: "string",
    value: "<json>",
    help: "the body: JSON, @file or @- for stdin",
    aliases: ["data"],
  },
  list: { type: "boolean", help: "shows all operations" },
} as const;

const operationIds = Object.keys(operations) as OperationId[];

/** One call of the API. */
export const command: Command<typeof options> = {
  usage: ["request <operation> [options]", "request --list"],
  about: `Sends an operation of the API with the client of the environment: ENODE_CLIENT_ID, ENODE_CLIENT_SECRET,
ENODE_ENVIRONMENT and, if set, ENODE_API_URL and ENODE_TOKEN_URL.`,
  options,
  examples: [
    "enode-sdk request listVehicles --query pageSize=2 | jq '.data[].id'",
    "enode-sdk request getVehicle --path vehicleId=6e0c5d3e-2a0b-4a3b-9d3f-1c8a2b7f4e55",
    `enode-sdk request controlVehicleCharging --path vehicleId=… --body '{"action":"START"}'`,
    "enode-sdk request --list | grep -i tariff",
  ],
  notes: `stdout: the result as JSON, nothing when there is none. stderr: what went wrong, with the problem that Enode
answered with. Commands to devices are sent once.`,
  complete: completions,
  async run({ values, positionals, terminal }) {
    if (values.list === true) {
      refuseMore(positionals, 0);
      const rows = operationIds.map((id) => [id, operations[id].method, operations[id].path]);
      for (const line of table(rows)) terminal.print(line);
      return undefined;
    }
    const [name] = positionals;
    if (name === undefined) {
      throw new UsageError("Which operation? enode-sdk request --list shows them all");
    }
    refuseMore(positionals, 1);
    const where = "enode-sdk request --list shows them all";
    const id = oneOf("operation", name, operationIds, where);
    const spec = operations[id];
    const input = {
      path: pathOf(spec, values.path ?? []),
      query: queryOf(spec, values.query ?? []),
      ...(values.body !== undefined && { body: await bodyOf(id, spec, values.body) }),
    };
    try {
      // Enode checks the input: the compiler knows the input of each operation, and not of any.
      const result: unknown = await Enode.fromEnv().request(id, input as never);
      if (result !== undefined) terminal.print(JSON.stringify(result, null, 2));
      return undefined;
    } catch (error) {
      if (!isApiError(error)) throw error;
      reportProblem(error, terminal);
      return 1;
    }
  },
};

/** Operations, then the parameters of the one that is named. */
function completions(before: readonly string[], option?: string): readonly string[] {
  const id = operationIds.find((each) => before.includes(each));
  if (id === undefined) return option === undefined ? operationIds : [];
  const { path, query = [] }: OperationSpec = operations[id];
  if (option === "--path") return parametersOf(path).map((name) => `${name}=`);
  return option === "--query" ? query.map((name) => `${name}=`) : [];
}

function parametersOf(path: string): string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
}

function pathOf({ path }: OperationSpec, pairs: readonly string[]): Record<string, string> {
  const names = parametersOf(path);
  const values = valuesOf("--path", pairs, names);
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length === 0) return values;
  throw new UsageError(
    `${path} needs ${missing.map((name) => `--path ${name}=<value>`).join(" and ")}`,
  );
}

function queryOf(spec: OperationSpec, pairs: readonly string[]): Record<string, string | number> {
  const { pageSize, ...rest } = valuesOf("--query", pairs, spec.query ?? []);
  if (pageSize === undefined) return rest;
  return { ...rest, pageSize: /^\d+$/.test(pageSize) ? Number(pageSize) : pageSize };
}

function valuesOf(
  option: string,
  pairs: readonly string[],
  names: readonly string[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const [name, value] = toPair(option, pair);
    const known = names.length === 0 ? "there are none here" : `there are ${names.join(", ")}`;
    const found = oneOf(`parameter of ${option}`, name, names, known);
    if (Object.hasOwn(values, found)) throw new UsageError(`${option} ${found} is given twice`);
    values[found] = value;
  }
  return values;
}

async function bodyOf(id: string, { body }: OperationSpec, given: string): Promise<unknown> {
  if (body !== true) throw new UsageError(`${id} takes no --body`);
  const json = given.startsWith("@") ? await contentOf(given.slice(1)) : given;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--body is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

async function contentOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `--body @${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** What is known of a refusal; the message has no body of the server. */
function reportProblem(
  error: {
    readonly message: string;
    readonly problem: object | undefined;
    readonly requestId: string | undefined;
  },
  terminal: Terminal,
): void {
  terminal.warn(printable(error.message));
  if (error.problem !== undefined) terminal.tell(printable(JSON.stringify(error.problem, null, 2)));
  if (error.requestId !== undefined) terminal.tell(`Request ID: ${printable(error.requestId)}`);
}
