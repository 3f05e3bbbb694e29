import { join } from "node:path";
import { Application } from "typedoc";
import { entries } from "../entries.ts";
import { root } from "./source/parse.ts";

/** Writes a page for each type that the package exports, as typedoc.json says. Schemas get a page of ours. */
export async function writeTypes(): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    options: join(root, "typedoc.json"),
    entryPoints: entries
      .filter(({ file }) => file !== "schemas")
      .map(({ source }) => join(root, source)),
    logLevel: "Warn",
  });
  const project = await app.convert();
  if (project) {
    app.validate(project);
    await app.generateOutputs(project);
  }
  if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error("TypeDoc had something to complain of.");
  }
}
