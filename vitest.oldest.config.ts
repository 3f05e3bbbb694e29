import { mergeConfig, type ViteUserConfig } from "vitest/config";
import config from "./vitest.config.ts";

/** The oldest dependencies that package.json allows, in place of the newest ones. */
const oldest: ViteUserConfig = {
  resolve: {
    alias: [
      { find: /^ky$/, replacement: "ky20" },
      { find: /^p-retry$/, replacement: "p-retry8" },
      { find: /^zod$/, replacement: "zod43" },
    ],
  },
};

const merged: ViteUserConfig = mergeConfig(config, oldest);

export default merged;
