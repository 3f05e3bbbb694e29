import type { HttpAnswerHead } from "../http-transport.ts";
import { requestIdOf } from "./response.ts";

/** The outcome of a call with its HTTP response. */
export interface WithResponse<T> {
  /** What the promise itself resolves to. */
  data: T;
  /** Status and headers; the body has already been read. */
  response: Response;
  /** The server's ID of the request, when a header has one. */
  requestId: string | undefined;
}

/** A promise of a result that can also return the HTTP response. */
export interface ResponsePromise<T> extends Promise<T> {
  /**
   * The result together with status, headers and request ID.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const { data, requestId } = await enode.vehicles.get("a-vehicle-id").withResponse();
   * console.log(requestId, data.chargeState.batteryLevel);
   * ```
   */
  withResponse(): Promise<WithResponse<T>>;
}

/** The outcome of the pipeline. */
export interface CallResult {
  data: unknown;
  response: HttpAnswerHead;
}

/** A promise of the data of a call, with its response on request. */
export function toResponsePromise<T>(call: Promise<CallResult>): ResponsePromise<T> {
  // This cast is the only place where wire data gets its type from the description.
  const data = call.then((result) => result.data as T);
  return Object.assign(data, {
    async withResponse(): Promise<WithResponse<T>> {
      // The caller uses this promise instead: a rejection of the other one must not stay unhandled.
      data.catch(() => undefined);
      const { response } = await call;
      return {
        data: await data,
        // What cannot make one is one.
        response: response.toResponse?.() ?? (response as Response),
        requestId: requestIdOf(response.headers),
      };
    },
  });
}
