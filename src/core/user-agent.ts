import { sdkVersion } from "../../generated/version.ts";
import { ConfigurationError } from "../errors.ts";

/** Globals that tell runtimes apart; each exists in some of them only. */
interface RuntimeGlobals {
  process?: { versions?: Record<string, string | undefined> };
  Deno?: { version?: { deno?: string } };
  navigator?: { userAgent?: string; product?: string };
}

/** The header by which a server's operators recognise this library: `enode-sdk/<version> node/<version>`. */
export function userAgent(globals: RuntimeGlobals = globalThis as RuntimeGlobals): string {
  const versions = globals.process?.versions ?? {};
  const deno = globals.Deno?.version?.deno;
  const runtimes = [
    deno && `deno/${deno}`,
    versions["bun"] && `bun/${versions["bun"]}`,
    versions["node"] && `node/${versions["node"]}`,
    globals.navigator?.userAgent === "Cloudflare-Workers" && "workerd",
  ];
  const runtime = runtimes.find(Boolean);
  return runtime ? `enode-sdk/${sdkVersion} ${runtime}` : `enode-sdk/${sdkVersion}`;
}

/**
 * Refuses to run where the user of the app could read the credentials, which open the data of all
 * users of the client.
 *
 * @throws ConfigurationError in browsers, their workers and React Native.
 */
export function refuseBrowser(globals: RuntimeGlobals = globalThis as RuntimeGlobals): void {
  const { process, navigator } = globals;
  // jsdom, in which server code is often tested, says Mozilla too, but inside Node.
  const browser = navigator?.userAgent?.startsWith("Mozilla/") && !process?.versions?.["node"];
  if (!browser && navigator?.product !== "ReactNative") return;
  throw new ConfigurationError(
    "enode-sdk runs on servers only: in a browser or app everyone could read the client secret, which opens the data of all your users. Call your own server instead, and let it call Enode.",
    { code: "unsupported_runtime", parameter: "runtime" },
  );
}
