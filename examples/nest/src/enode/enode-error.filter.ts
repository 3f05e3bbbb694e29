import { type ArgumentsHost, Catch, HttpException, HttpStatus } from "@nestjs/common";
import { BaseExceptionFilter } from "@nestjs/core";
import {
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isRateLimitError,
  isUnprocessableError,
} from "enode-sdk";

/** Turns errors of Enode into words for the app; nothing of it is a secret. Nest answers and logs all others. */
@Catch()
export class EnodeErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    super.catch(toHttpException(error), host);
  }
}

function toHttpException(error: unknown): unknown {
  // Also when the car is somebody else's.
  if (isNotFoundError(error)) return exception(HttpStatus.NOT_FOUND, "There is no such car.");
  // A car that is not plugged in or charges already; one that a schedule controls.
  if (isBadRequestError(error) || isUnprocessableError(error)) {
    return exception(HttpStatus.CONFLICT, error.problem?.detail);
  }
  if (isRateLimitError(error)) return exception(HttpStatus.SERVICE_UNAVAILABLE, "Try again soon.");
  if (isApiError(error)) return exception(HttpStatus.BAD_GATEWAY, "Enode has failed.");
  return error;
}

const exception = (status: number, text: string | undefined): HttpException =>
  new HttpException({ error: text }, status);
