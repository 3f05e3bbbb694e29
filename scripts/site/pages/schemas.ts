import type { Description } from "../shared/api.ts";
import { code, fence, firstSentence, page, prose, table } from "../shared/markdown.ts";
import type { TypePages } from "../shared/types.ts";

/** The page of `enode-sdk/schemas`: one table in place of a page for each schema. */
export function schemasPage({ api }: Description, types: TypePages): string {
  const summary = "The zod schemas of all records of the API.";
  const example = `import { VehicleSchema } from "enode-sdk/schemas";

const result = VehicleSchema.safeParse(JSON.parse("{}"));
console.log(result.success, result.error?.issues[0]?.path);`;
  return page("enode-sdk/schemas", summary, [
    `${summary} A schema is named after its type, with \`Schema\` at the end. Records may have members that are not described.`,
    fence("ts", example),
    table(
      ["Schema", "Type", "What it is"],
      [...api.schemas].map(([name, schema]) => [
        code(`${name}Schema`),
        types.link(name),
        prose(firstSentence(schema.description ?? "")),
      ]),
    ),
  ]);
}
