import type { Rule } from "./rule.ts";

/** A rule, the file of the entry, the text that keeps it, what the source says without it, its tests. */
type Row = readonly [rule: string, file: string, find: string, replace: string, tests: string];

const rows: readonly Row[] = [
  [
    "what a call does happens in its own context",
    "client-hooks",
    "const running = context.with(scope, () => {",
    "const running = ((work: () => ReturnType<typeof run>) => work())(() => {",
    "calls",
  ],
  [
    "a request without an answer ends when it is retried or given up",
    "client-hooks",
    "      endRequest({ operation, method, path, parameters, attempt }, undefined, errorType(error));\n",
    "",
    "calls",
  ],
  [
    "a refresh in the background is not below a call that does not wait for it",
    "client-hooks",
    "root: true, ",
    "",
    "calls",
  ],
  [
    "the message of an error is not recorded",
    "error-type",
    String.raw`&& /^\w{1,64}$/.test(name) `,
    "",
    "privacy",
  ],
  [
    "handlers of a store do not inherit the context of start()",
    "receiver",
    "hasStore ? ROOT_CONTEXT : context.active()",
    "context.active()",
    "deliveries",
  ],
  [
    "a handler runs in the context of its own span",
    "receiver",
    "await context.with(trace.setSpan(parent, span), handler)",
    "await handler()",
    "deliveries",
  ],
  [
    "a handler that was too late has failed",
    "receiver",
    'if (signal.aborted) failure = "handler_timeout";',
    "",
    "deliveries",
  ],
  [
    "a copy of a delivery does not take the links of the first one",
    "event-spans",
    "    if (this.#deliveries.has(digest)) return () => undefined;\n",
    "",
    "deliveries",
  ],
  [
    "a delivery that was not kept is not linked to",
    "stores",
    "    forget?.();\n",
    "",
    "deliveries",
  ],
  [
    "polls of a worker are no traces",
    "stores",
    "  const span = trace.getSpan(parent)\n",
    "  const span = parent\n",
    "deliveries",
  ],
  [
    "a receiver that is passed twice has its spans once",
    "open-telemetry",
    "        observed.add(receiver);\n",
    "",
    "deliveries",
  ],
];

/** The spans and metrics. */
export const otelRules: readonly Rule[] = rows.map(([rule, file, find, replace, test]) => ({
  rule,
  file: `src/otel/${file}.ts`,
  find,
  replace,
  tests: [`test/otel/${test}.test.ts`],
}));
