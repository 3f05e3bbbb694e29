import { apiVersion } from "../../../generated/version.ts";

export const DESCRIPTION_PATH = "/openapi.yaml";

/** How many folders above this file, or the one that it was built into, the description may be. */
const DEPTH = 3;

/** Answers with the OpenAPI description of the API, out of the file of this package. Needs Node, Bun or Deno. */
export async function describe(): Promise<Response> {
  const { readFile } = await import("node:fs/promises");
  const folders = Array.from({ length: DEPTH }, (_, above) => "../".repeat(above + 1));
  for (const folder of folders) {
    const file = new URL(`${folder}openapi/enode-${apiVersion}.yaml`, import.meta.url);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    return new Response(text, { headers: { "content-type": "application/yaml; charset=utf-8" } });
  }
  return new Response("The description is not part of this bundle", { status: 404 });
}
