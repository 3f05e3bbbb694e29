import {
  type Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
} from "typedoc";

/** What is declared in these files belongs together. */
const byFile: readonly (readonly [file: RegExp, category: string])[] = [
  [/\/src\/(?:enode|scope\/.*|core\/.*|identity\/.*)\.ts$/, "Client"],
  [/\/src\/resources\//, "Resources"],
  [/\/src\/errors\//, "Errors"],
  [/\/src\/storage\//, "Stores"],
  [/\/src\/(?:options|hooks|http-transport|shared\/.*)\.ts$/, "Options"],
];

/** What the generated types are about, by their names; the first one that fits. */
const byName: readonly (readonly [name: RegExp, category: string])[] = [
  [/Event(?:User|Data)?$|^Discovered|^Webhook/, "Events"],
  [/^(?:Schedule|ChargeSchedule|TemperatureSchedule|Tariff|LocationTariff)/, "Automation"],
  [
    /^(?:SmartCharging|SmartOverride|Statistics|NullableStatistics|Charging|Weekday|HourMinute|Location)/,
    "Automation",
  ],
  [
    /^(?:User|Link|Relink|Scope$|Intervention|Integration|Vendor(?:Health|Status|$))/,
    "Users and linking",
  ],
  [/^(?:Operations?|OperationId|Problem|Pagination)$/, "Client"],
  [/./, "Devices"],
];

/** A plugin of TypeDoc: names entries as hosts import them, and puts what the main one exports into categories. */
export function load(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module) && !reflection.name.startsWith("enode-sdk")) {
      reflection.name = `enode-sdk/${reflection.name}`;
    }
    if (!reflection.parent?.kindOf(ReflectionKind.Module) || reflection.parent.name !== "enode-sdk")
      return;
    const category = categoryOf(context, reflection);
    reflection.comment ??= new Comment();
    reflection.comment.blockTags.push(
      new CommentTag("@category", [{ kind: "text", text: category }]),
    );
  });
}

function categoryOf(context: Context, reflection: DeclarationReflection): string {
  const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? [];
  const file = declaration?.getSourceFile().fileName ?? "";
  const fits = ([pattern]: readonly [RegExp, string]) => pattern.test(file);
  const named = ([pattern]: readonly [RegExp, string]) => pattern.test(reflection.name);
  return (byFile.find(fits) ?? byName.find(named))?.[1] ?? "Devices";
}
