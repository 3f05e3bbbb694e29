import { forUser } from "@/lib/answers";
import { backend } from "@/lib/enode";

interface Context {
  readonly params: Promise<{ id: string }>;
}

/** Answers at once; the car itself confirms later, and then a webhook changes what `GET /api/vehicles` says. */
export const POST = (_request: Request, { params }: Context): Promise<Response> =>
  forUser(async (hostUserId) => {
    const user = backend().enode.user({ hostUserId });
    const { id, state } = await user.vehicles.startCharging((await params).id);
    return Response.json({ action: id, state }, { status: 202 });
  });
