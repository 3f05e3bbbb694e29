// What browsers ask for. Each form is answered with a redirect, so that a page that is loaded again sends nothing again.
import { fileURLToPath } from "node:url";
import {
  type Enode,
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isUnprocessableError,
} from "enode-sdk";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from "express";
import type { Cars } from "./cars.ts";
import type { Commands } from "./commands.ts";
import type { Live } from "./live.ts";
import type { Notifications } from "./notifications.ts";
import { html } from "./pages/html.ts";
import { document, errorPage, type Page } from "./pages/layout.ts";
import { sameOrigin, secureHeaders } from "./security.ts";
import { type SmartCharging, UnknownPosition } from "./smart-charging.ts";
import { demoUsers, switchUser, userOf } from "./users.ts";
import type { Views } from "./views.ts";

/** What the routes use. */
export interface RouteParts {
  readonly enode: Enode;
  readonly cars: Cars;
  readonly commands: Commands;
  readonly smartCharging: SmartCharging;
  readonly notifications: Notifications;
  readonly live: Live;
  readonly views: Views;
  /** Where browsers find the app, without a slash at its end. */
  readonly publicUrl: string;
  /** The page of the sandbox behind the app. */
  readonly sandboxUrl: string | undefined;
}

/** Adds the routes of browsers. */
export function addRoutes(app: Express, parts: RouteParts): void {
  const { enode, cars, commands, smartCharging, notifications, live, views } = parts;
  app.disable("x-powered-by");
  app.use(secureHeaders, sameOrigin);
  app.use(express.static(fileURLToPath(new URL("public", import.meta.url))));
  app.use(express.urlencoded({ extended: false, limit: "10kb" }));

  const send = (request: Request, response: Response, page: Page, status = 200): void => {
    const { path } = request;
    const frame = { user: userOf(request), users: demoUsers, path, sandboxUrl: parts.sandboxUrl };
    response.status(status).send(document(page, frame));
  };
  const show = async (request: Request, response: Response): Promise<void> => {
    const page = await views.page(userOf(request), request.path);
    if (page === undefined) throw new NotFound();
    send(request, response, page);
  };
  app.get("/", show);
  app.get("/cars/:id", show);
  app.get("/notifications", show);

  app.get("/events", (request, response) => {
    const user = userOf(request);
    const path = String(request.query["path"]);
    live.open(request, response, {
      userId: () => cars.userId(user),
      page: async () => (await views.page(user, path))?.content.text ?? GONE.content.text,
      messagesAfter: (id) => notifications.after(user, id),
    });
  });

  app.post("/user", (request, response) => {
    switchUser(response, request.body?.user);
    response.redirect(303, "/");
  });

  app.post("/link", async (request, response) => {
    const vendor: unknown = request.body?.vendor;
    const { linkUrl } = await enode.users.link(
      { hostUserId: userOf(request).id },
      {
        vendorType: "vehicle",
        ...(typeof vendor === "string" && { vendor }),
        scopes: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
        language: "browser",
        redirectUri: `${parts.publicUrl}/linked`,
      },
    );
    // Not a redirect: the policy lets the app's forms lead to the app only, redirects included.
    response.set("refresh", `0; url=${linkUrl}`);
    const text = html`<a href="${linkUrl}">Go on to the maker of your car</a>`;
    send(request, response, errorPage("One moment", text));
  });

  // Anybody can open this address, and it proves nothing: what was linked comes as an event.
  app.get("/linked", (request, response) => {
    if (request.query["error"] === undefined) return response.redirect(303, "/");
    send(request, response, errorPage("Nothing was linked", "You can try again at any time."));
  });

  app.post("/cars/:id/charging", async (request, response) => {
    const { id } = request.params;
    await commands.send(userOf(request).id, id, request.body?.do === "stop" ? "stop" : "start");
    response.redirect(303, `/cars/${id}`);
  });

  app.post("/cars/:id/smart-charging", async (request, response) => {
    const user = userOf(request);
    const vehicle = (await cars.get(user, request.params.id))?.vehicle;
    if (vehicle === undefined) throw new NotFound();
    const text = (name: string) => String(request.body?.[name] ?? "");
    await smartCharging.enable(user, vehicle, {
      nightPrice: text("nightPrice"),
      dayPrice: text("dayPrice"),
      nightFrom: text("nightFrom"),
      nightTo: text("nightTo"),
      deadline: text("deadline"),
      minimumLevel: Number(text("minimumLevel")),
    });
    response.redirect(303, `/cars/${vehicle.id}`);
  });

  app.post("/cars/:id/smart-charging/off", async (request, response) => {
    await smartCharging.disable(userOf(request), request.params.id);
    response.redirect(303, `/cars/${request.params.id}`);
  });

  app.post("/cars/:id/override", async (request, response) => {
    const isWanted = request.body?.do !== "end";
    await smartCharging.override(userOf(request), request.params.id, isWanted);
    response.redirect(303, `/cars/${request.params.id}`);
  });

  app.use(() => {
    throw new NotFound();
  });
  const answerError: ErrorRequestHandler = (error, request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof NotFound || isNotFoundError(error))
      return send(request, response, GONE, 404);
    if (error instanceof UnknownPosition) {
      return send(request, response, errorPage("Not yet", error.message), 409);
    }
    // Something that the user asked for is not possible, and Enode says why.
    if (isBadRequestError(error) || isUnprocessableError(error)) {
      const page = errorPage("That is not possible", error.problem?.detail ?? error.message);
      return send(request, response, page, 409);
    }
    console.error(error);
    const text = "Something went wrong. Please try again in a minute.";
    send(request, response, errorPage("Sorry", text), isApiError(error) ? 502 : 500);
  };
  app.use(answerError);
}

class NotFound extends Error {}

/** For what does not exist, and for what is somebody else's: the two look the same. */
const GONE = errorPage("Not found", "There is no such page.");
