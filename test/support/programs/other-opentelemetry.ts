// Run as a process of its own: loads the entry and uses it where OpenTelemetry is missing or too old. Prints how it ends.
import { registerHooks } from "node:module";

const [condition = ""] = process.argv.slice(2);
const old =
  "export const trace = {}; export const context = {};" +
  "export const SpanKind = {}; export const SpanStatusCode = {}; export const ROOT_CONTEXT = {};" +
  "export const createContextKey = () => Symbol();";
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== "@opentelemetry/api") return nextResolve(specifier, context);
    if (condition === "missing")
      return nextResolve(specifier, { ...context, parentURL: "file:///" });
    return { url: `data:text/javascript,${encodeURIComponent(old)}`, shortCircuit: true };
  },
});

try {
  const { openTelemetry } = await import("../../../src/otel/index.ts");
  openTelemetry();
} catch (error) {
  const { name, code, message } = error as Error & { code: string };
  process.stdout.write(JSON.stringify({ name, code, message }));
}
