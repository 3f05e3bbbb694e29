import { isRecord, type Schema } from "../../generate/document.ts";
import { schemaNameOf } from "../../generate/names.ts";
import type { Description } from "./api.ts";
import { code, pathCode, prose, table } from "./markdown.ts";

/** A property of a record, or of a record in it. */
interface Property {
  /** With dots: `chargeState.batteryLevel`. */
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  /** When it is null; empty when it never is. */
  readonly nullWhen: string;
  readonly isOptional: boolean;
  readonly example: unknown;
  readonly meaning: string;
}

/** The part of a description that says when a value is null. */
const nullClause = /[;,]? ?\bnull ((?:when|while|until|unless|if|where) [^;.]*|for (?!a )[^;.]*)/i;

/** How many levels of records in records are shown. */
const DEPTH = 2;

/** A table of the properties of a schema; nothing when it is no record. */
export function propertyTable(description: Description, schema: Schema, example?: unknown): string {
  const rows = propertiesOf(description, schema, example);
  const columns = [
    {
      title: "Property",
      of: (row: Property) => `${pathCode(row.name)}${row.isOptional ? " (optional)" : ""}`,
    },
    // Not last: of a wide table the end is out of sight.
    { title: "Meaning", of: (row: Property) => prose(row.meaning) },
    { title: "Type", of: (row: Property) => row.type },
    { title: "Unit", of: (row: Property) => row.unit },
    { title: "Null when", of: (row: Property) => prose(row.nullWhen) },
    { title: "Example", of: (row: Property) => exampleText(row.example) },
  ].filter(({ of }) => rows.some((row) => of(row) !== ""));
  return table(
    columns.map(({ title }) => title),
    rows.map((row) => columns.map(({ of }) => of(row))),
  );
}

/** The properties of a schema, and of the records in it. */
function propertiesOf(description: Description, schema: Schema, example?: unknown): Property[] {
  return walk(schema, { prefix: "", example, depth: 0, parentNote: "", parentUnit: "" });

  function walk(
    current: Schema,
    at: {
      prefix: string;
      example: unknown;
      depth: number;
      parentNote: string;
      /** That of the numbers in a record, where its own text has it. */
      parentUnit: string;
    },
  ): Property[] {
    const whole = resolve(description, current);
    const known = at.example ?? (whole as { example?: unknown }).example;
    return Object.entries(whole.properties ?? {}).flatMap(([key, raw]) => {
      const name = `${at.prefix}${key}`;
      const inner = resolve(description, raw);
      const value = isRecord(known) ? known[key] : undefined;
      if (inner.properties && at.depth < DEPTH && !isCapability(inner)) {
        const parentNote = inner.description ?? "";
        const below = {
          prefix: `${name}.`,
          example: value,
          depth: at.depth + 1,
          parentNote,
          parentUnit: unitOf(raw, raw.description ?? ""),
        };
        const whenNull = isNullable(description, raw)
          ? [propertyOf(name, raw, inner, undefined)]
          : [];
        return [...whenNull, ...walk(inner, below)];
      }
      return [propertyOf(name, raw, inner, value)];

      function propertyOf(path: string, own: Schema, target: Schema, shown: unknown): Property {
        const meaning = own.description ?? target.description ?? "";
        return {
          name: path,
          type: typeOf(description, own),
          unit:
            unitOf(target, meaning) ||
            ([target.type].flat().includes("number") ? at.parentUnit : ""),
          nullWhen: isNullable(description, own) ? nullCause(meaning, at.parentNote) : "",
          isOptional: !(whole.required ?? []).includes(key),
          example: shown ?? firstExample(target) ?? shown,
          meaning: meaning.replace(nullClause, ""),
        };
      }
    });
  }
}

/** Follows a reference, and the one alternative beside null. */
export function resolve({ api }: Description, schema: Schema): Schema {
  const name = schema.$ref === undefined ? undefined : schemaNameOf(schema.$ref);
  if (name !== undefined) return api.schemas.get(name) ?? schema;
  const [only, ...rest] = alternatives(schema).filter((each) => each.type !== "null");
  if (only && rest.length === 0) {
    return {
      ...resolve({ api } as Description, only),
      ...(schema.description && { description: schema.description }),
    };
  }
  return schema;
}

function alternatives(schema: Schema): Schema[] {
  return schema.allOf ?? schema.anyOf ?? schema.oneOf ?? [];
}

/** Capabilities all look the same: a line each is enough. */
function isCapability(schema: Schema): boolean {
  return schema.properties?.["isCapable"] !== undefined;
}

/** A type in short form, as Markdown. */
export function typeOf(description: Description, schema: Schema): string {
  const name = schema.$ref === undefined ? undefined : schemaNameOf(schema.$ref);
  const whole = resolve(description, schema);
  if (whole.enum) return enumText(whole.enum);
  if (whole.const !== undefined) return code(String(whole.const));
  if (name !== undefined && whole.properties) return code(name);
  const parts = alternatives(schema).filter((each) => each.type !== "null");
  if (parts.length > 1) return parts.map((part) => typeOf(description, part)).join(" or ");
  if (whole !== schema) return typeOf(description, whole);
  const types = [schema.type ?? "object"].flat().filter((type) => type !== "null");
  if (types[0] === "array" && schema.items) return `list of ${typeOf(description, schema.items)}`;
  return types.join(" or ");
}

function enumText(values: readonly unknown[]): string {
  const shown = values.slice(0, 8).map((value) => code(String(value)));
  return values.length > shown.length ? `${shown.join(", ")} …` : shown.join(", ");
}

function isNullable(description: Description, schema: Schema): boolean {
  const whole = resolve(description, schema);
  return [schema, whole].some(
    (each) =>
      [each.type].flat().includes("null") ||
      each.enum?.includes(null) === true ||
      alternatives(each).some(({ type }) => type === "null"),
  );
}

function unitOf(schema: Schema, meaning: string): string {
  if (schema.format === "date-time") return "ISO 8601";
  if (schema.format === "date") return "YYYY-MM-DD";
  const [, unit = ""] =
    /\bin (%(?: of [^;,.]+)?|k[mW]h?|A|minutes|seconds|ms|°C|degrees|`currency`|the currency)(?=[\s;,.:)]|$)/.exec(
      meaning,
    ) ?? [];
  if (unit !== "") return unit.replaceAll(/`|^the /g, "");
  return /`HH:mm`/.test(meaning) ? "HH:mm" : "";
}

function nullCause(meaning: string, parentNote: string): string {
  const [, when] = nullClause.exec(meaning) ?? [];
  if (when !== undefined) return when.replace(/^(?:when|if) /, "");
  if (/\bnull otherwise\b|\botherwise null\b/.test(meaning)) return "otherwise";
  if (/\bnull (?:for|or|to)\b|\bwith null\b/i.test(meaning)) return "as the meaning says";
  if (/\bif any\b/.test(meaning)) return "there is none";
  return /no usable reading/.test(parentNote) ? "the vendor gives no reading" : "Enode cannot tell";
}

function firstExample(schema: Schema): unknown {
  const { example, examples } = schema as { example?: unknown; examples?: unknown[] };
  return example ?? examples?.[0];
}

/** A value; of a longer list the first item. */
function exampleText(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= 60) return code(text);
  const first = Array.isArray(value) ? JSON.stringify(value[0]) : "";
  return first === "" || first.length > 50 ? "" : code(`[${first}, …]`);
}
