import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A Worker under way, in the runtime that Cloudflare uses. */
export interface Worker {
  /** Sends a request, and reads the whole answer. */
  get(path: string): Promise<{ status: number; text: string }>;
  end(): Promise<void>;
}

/** Bundles a module that imports the package by its name, as an app would for Workers. */
export async function bundleWorker(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: at("."), loader: "ts" },
    alias: {
      "enode-sdk/storage": at("src/storage/index.ts"),
      "enode-sdk/webhooks": at("src/webhooks/index.ts"),
      "enode-sdk": at("src/index.ts"),
      "#hmac": at("src/runtime/hmac/web.ts"),
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "import"],
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Runs a bundled Worker in workerd on this machine.
 *
 * @param compatibilityDate What it does with promises of requests that have ended depends on it.
 * @param bindings What the Worker gets as `env`.
 */
export async function startWorker(
  script: string,
  compatibilityDate: string,
  bindings: Record<string, string>,
): Promise<Worker> {
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate,
    bindings,
    host: "127.0.0.1",
    handleUncaughtError: () => undefined,
  });
  await miniflare.ready;
  return {
    async get(path) {
      const response = await miniflare.dispatchFetch(`http://worker.example${path}`);
      return { status: response.status, text: await response.text() };
    },
    end: () => miniflare.dispose(),
  };
}
