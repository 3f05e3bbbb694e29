import { backend } from "@/lib/enode";

export const POST = (request: Request): Promise<Response> => backend().receiver.handle(request);
