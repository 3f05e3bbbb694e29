import { createParamDecorator, type ExecutionContext, UnauthorizedException } from "@nestjs/common";
import type { Request } from "express";

/**
 * Your own session goes here: the ID by which you know the user who sends a request. This stub believes whatever a
 * header says.
 */
export const SignedInUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => {
    const user = context.switchToHttp().getRequest<Request>().get("x-user");
    if (user === undefined) throw new UnauthorizedException();
    return user;
  },
);
