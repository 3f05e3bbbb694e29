import {
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isRateLimitError,
  isUnprocessableError,
} from "enode-sdk";
import { signedInUser } from "./session";

/** Answers a request of the API for the user who sends it, and turns errors into words for the app. */
export async function forUser(
  answer: (hostUserId: string) => Promise<Response>,
): Promise<Response> {
  const hostUserId = await signedInUser();
  if (hostUserId === undefined) return new Response(null, { status: 401 });
  try {
    return await answer(hostUserId);
  } catch (error) {
    return answerTo(error);
  }
}

/** Nothing of it is a secret, and only unknown errors are logged. */
function answerTo(error: unknown): Response {
  // Also when the car is somebody else's.
  if (isNotFoundError(error))
    return Response.json({ error: "There is no such car." }, { status: 404 });
  // A car that is not plugged in or charges already; one that a schedule controls.
  if (isBadRequestError(error) || isUnprocessableError(error)) {
    return Response.json({ error: error.problem?.detail }, { status: 409 });
  }
  if (isRateLimitError(error)) {
    return new Response(null, { status: 503, headers: { "retry-after": "10" } });
  }
  console.error(error);
  return new Response(null, { status: isApiError(error) ? 502 : 500 });
}
