import type { OperationId } from "../../../generated/operations.ts";
import { badRequest } from "./problems.ts";

/** One request, as its handler sees it. */
export interface RequestContext {
  /** The simulated time of the request, as a timestamp in milliseconds. */
  readonly now: number;
  readonly query: URLSearchParams;
  /** The value of a path parameter. */
  parameter(name: string): string;
  /** The JSON body; throws a 400 when there is none or it is not JSON. */
  body(): Promise<unknown>;
}

export type Handler = (request: RequestContext) => Response | Promise<Response>;

/** Handlers of some operations. */
export type Handlers<Id extends OperationId = OperationId> = Readonly<Record<Id, Handler>>;

export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(text === "" ? "A JSON body is needed" : "The body is not JSON");
  }
}
