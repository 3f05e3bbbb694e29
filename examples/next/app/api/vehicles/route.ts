import { forUser } from "@/lib/answers";
import { carsOf } from "@/lib/cars";

export const GET = (): Promise<Response> =>
  forUser(async (hostUserId) => Response.json({ vehicles: await carsOf(hostUserId) }));
