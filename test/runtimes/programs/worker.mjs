// Runs the Worker of examples/hono-worker in workerd, with its database, as `wrangler dev` does. Its cron trigger fires
// once, as it does within the first hour.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const { outputFiles } = await build({
  entryPoints: ["src/index.ts"],
  bundle: true,
  format: "esm",
  write: false,
  conditions: ["workerd", "worker", "browser"],
  mainFields: ["browser", "module", "main"],
  target: "es2022",
});
const names = Object.keys(process.env).filter((name) => /^(?:ENODE|APP)_/.test(name));
const worker = new Miniflare({
  modules: true,
  script: outputFiles[0].text,
  compatibilityDate: "2026-01-01",
  bindings: Object.fromEntries(names.map((name) => [name, process.env[name]])),
  d1Databases: ["DB"],
  host: "127.0.0.1",
  port: Number(process.env.PORT),
});
process.once("SIGTERM", () => worker.dispose());
const database = await worker.getD1Database("DB");
const schema = await readFile("migrations/0001_cars.sql", "utf8");
await database.batch(schema.match(/^CREATE[^;]+/gm).map((each) => database.prepare(each)));
await (await worker.getWorker()).scheduled();
