import type { Enode } from "../../../src/enode.ts";
import type { EnodeOptions } from "../../../src/options.ts";
import { type UndiciTransportOptions, undiciTransport } from "../../../src/undici/index.ts";
import { withToken } from "../../core/support/with-token.ts";

/** A client with a token, whose requests go by undici. */
export function overUndici(
  options: Partial<EnodeOptions>,
  transport: UndiciTransportOptions = {},
): Enode {
  return withToken({ ...options, transport: undiciTransport(transport) } as object);
}

/** A read. */
export function read(enode: Enode): PromiseLike<unknown> {
  return enode.users.get("u-1");
}

/** A command, which must never reach a car twice. */
export function command(enode: Enode): PromiseLike<unknown> {
  return enode.vehicles.startCharging("v-1");
}
