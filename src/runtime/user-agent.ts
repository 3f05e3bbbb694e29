import { sdkVersion } from "../../generated/version.ts";
import { ConfigurationError } from "../errors/index.ts";

/** Globals by which runtimes are recognized; each exists in some of them only. */
interface RuntimeGlobals {
  process?: { versions?: Record<string, string | undefined> };
  Deno?: { version?: { deno?: string } };
  navigator?: { userAgent?: string; product?: string };
}

/** The header that identifies this library to servers: `enode-sdk/<version> node/<version>`. */
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
 * Refuses to run where the user of an app could read the credentials, which give access to the data of all users of
 * the client, and in unsupported versions of Node.
 *
 * @throws ConfigurationError in browsers, their workers and React Native, and in Node before 22.13.
 */
export function checkRuntime(globals: RuntimeGlobals = globalThis as RuntimeGlobals): void {
  const { process, navigator, Deno } = globals;
  const { node, bun } = process?.versions ?? {};
  // jsdom, in which server code is often tested, has Mozilla too, but inside Node.
  const isBrowser = navigator?.userAgent?.startsWith("Mozilla/") && !node;
  const [major = 0, minor = 0] = (node ?? "").split(".").map(Number);
  // Bun and Deno name the version of Node that they emulate.
  const isOld = node && !bun && !Deno && major * 100 + minor < 2213;
  if (!isBrowser && !isOld && navigator?.product !== "ReactNative") return;
  throw new ConfigurationError(
    "enode-sdk needs Node 22.13 or newer, Bun, Deno or Workers, on a server: a browser or app would show everyone the client secret, and so the data of all your users. Let your own server call Enode.",
    { code: "unsupported_runtime", parameter: "runtime" },
  );
}
