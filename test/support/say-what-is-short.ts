import { globSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { isLong } from "./long.ts";

/** Says at the end of the run what it left out. */
export function teardown(): void {
  if (isLong) return;
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const names = globSync("test/**/*.long.test.ts", { cwd: root })
    .map((file) => basename(file, ".long.test.ts"))
    .sort();
  process.stdout.write(
    `Short forms of simulations and kills; without ${names.join(", ")}: \`npm run test:long\` runs everything.\n`,
  );
}
