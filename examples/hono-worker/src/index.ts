import {
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isRateLimitError,
  isUnprocessableError,
} from "enode-sdk";
import { Hono } from "hono";
import { carsOf } from "./cars";
import { type Env, enodeOf, receiverOf } from "./enode";

const app = new Hono<{ Bindings: Env; Variables: { userId: string } }>();

app.post("/webhooks/enode", ({ env, req }) => receiverOf(env).handle(req.raw));

/**
 * Your own session goes here: the ID of the user who sends a request, one that says nothing about the person. This stub
 * believes whatever a header says.
 */
app.use(async (c, next) => {
  const userId = c.req.header("x-user");
  if (userId === undefined) return c.body(null, 401);
  c.set("userId", userId);
  return next();
});

/** Send the user to `linkUrl`, Enode's Link UI. */
app.post("/link", async (c) => {
  const { linkUrl } = await enodeOf(c.env).users.link(c.var.userId, {
    vendorType: "vehicle",
    scopes: ["vehicle:read:data", "vehicle:control:charging"],
    language: "en-GB",
    redirectUri: new URL("/vehicles", c.env.APP_URL).href,
  });
  return c.json({ linkUrl }, 201);
});

app.get("/vehicles", async (c) => c.json({ vehicles: await carsOf(c.env.DB, c.var.userId) }));

/** Answers at once; the car itself confirms later, and then a webhook changes what `GET /vehicles` says. */
app.post("/vehicles/:id/charging", async (c) => {
  // Reaches this user's cars and nobody else's.
  const user = enodeOf(c.env).user(c.var.userId);
  const { id, state } = await user.vehicles.startCharging(c.req.param("id"));
  return c.json({ action: id, state }, 202);
});

/** What went wrong, in words for the app; nothing of it is a secret, and only unknown errors are logged. */
app.onError((error, c) => {
  // Also when the car is somebody else's.
  if (isNotFoundError(error)) return c.json({ error: "There is no such car." }, 404);
  // A car that is not plugged in or charges already; one that a schedule controls.
  if (isBadRequestError(error) || isUnprocessableError(error))
    return c.json({ error: error.problem?.detail }, 409);
  if (isRateLimitError(error)) return c.body(null, 503, { "retry-after": "10" });
  console.error(error);
  return c.body(null, isApiError(error) ? 502 : 500);
});

export default {
  fetch: app.fetch,
  /** A Worker has no start at which it could register its webhook, so that a cron trigger does. */
  async scheduled(_controller, env): Promise<void> {
    const url = new URL("/webhooks/enode", env.APP_URL).href;
    await enodeOf(env).webhooks.ensure({ url, secret: env.ENODE_WEBHOOK_SECRET });
  },
} satisfies ExportedHandler<Env>;
