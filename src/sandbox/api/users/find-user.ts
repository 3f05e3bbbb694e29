import type { RequestContext } from "../../http/handler.ts";
import { notFound } from "../../http/problems.ts";
import type { UserRecord, World } from "../../simulation/world/world.ts";

/** The user that the path names; throws a 404 when there is none. */
export function findUser(world: World, request: RequestContext): UserRecord {
  const id = request.parameter("userId");
  const user = world.users.get(id);
  if (user === undefined)
    throw notFound(`Could not find user with ID ${id}`, "User does not exist");
  return user;
}
