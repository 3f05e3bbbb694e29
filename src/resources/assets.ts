import type { LinkSession, RelinkSessionRequest } from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Devices of any kind, by their IDs. */
export class Assets extends Resource {
  /**
   * Starts a session in which the user connects the account of a device again, after its credentials stopped
   * working. It is valid for one use within 24 hours.
   *
   * @param assetId - ID of the device.
   * @param session - What is to be linked, language of the pages, and where they lead in the end.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws BadRequestError when the device is unknown or its account still linked.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const { linkUrl } = await enode.assets.relink("an-asset-id", {
   *   language: "browser", redirectUri: "https://example.com/linked",
   * });
   * ```
   */
  relink(
    assetId: string,
    session: RelinkSessionRequest,
    options?: RequestOptions,
  ): ResponsePromise<LinkSession> {
    return this.api.request("relinkAsset", { path: { assetId }, body: session }, options);
  }
}
