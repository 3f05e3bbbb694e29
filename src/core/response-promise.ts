import { requestIdOf } from "./response.ts";

/** The outcome of a call with the HTTP response that it came in. */
export interface WithResponse<T> {
  data: T;
  /** Status and headers; the body has already been read. */
  response: Response;
  /** The server's ID of the request, when a header told one. */
  requestId: string | undefined;
}

/** A promise of a result which can also give the HTTP response. */
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

/** What the pipeline ends with. */
export interface CallResult {
  data: unknown;
  response: Response;
}

/** Gives the data of a call, and its response to those who ask. */
export function toResponsePromise<T>(call: Promise<CallResult>): ResponsePromise<T> {
  // The cast is the one place where wire data gets its type from the description.
  const data = call.then((result) => result.data as T);
  return Object.assign(data, {
    async withResponse(): Promise<WithResponse<T>> {
      // The caller takes this promise instead: a failure of the other one is not left unhandled.
      data.catch(() => undefined);
      const { response } = await call;
      return { data: await data, response, requestId: requestIdOf(response.headers) };
    },
  });
}
