/**
 * The backend of an app on AWS Lambda, behind an HTTP API of API Gateway, with PostgreSQL: users link their cars, see them
 * and charge them.
 *
 * Three functions: `webhook` for `POST /webhooks/enode`, `api` for the routes of `routes`, behind a JWT authorizer, and
 * `register`, which a schedule calls every hour and a deployment at its end. Make the tables where you deploy, by
 * `npx enode-sdk migrate --store "$DATABASE_URL"`. All three take DATABASE_URL, ENODE_WEBHOOK_SECRET, APP_URL (of the API)
 * and the credentials ENODE_CLIENT_ID, ENODE_CLIENT_SECRET and ENODE_ENVIRONMENT.
 *
 * On your machine `gateway.ts` takes the place of API Gateway. With DATABASE_URL set:
 *
 *   npx enode-sdk sandbox --speed 60 --webhook http://127.0.0.1:3000/webhooks/enode --write-env .env
 *   node --env-file=.env examples/lambda/gateway.ts
 *
 * What to notice:
 * - Lambda freezes the process after an answer. So the receiver has no store: events are in the mirror before Enode gets
 *   its answer, and what fails is delivered again.
 * - Everything is made with the first event, and kept for the next ones: a warm function keeps its connections and its
 *   token. Functions that start at the same time share one token, by the database.
 */
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
} from "aws-lambda";
import {
  Enode,
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isRateLimitError,
  isUnprocessableError,
  type Vehicle,
} from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { postgresStorage } from "enode-sdk/storage/postgres";
import { type LambdaHandler, lambdaHandler, WebhookReceiver } from "enode-sdk/webhooks";
import { Pool } from "pg";

/** What differs from one installation to another. */
export interface BackendOptions {
  readonly pool: Pool;
  readonly webhookSecret: string;
  /** Where Enode and browsers reach the API. */
  readonly appUrl: string;
}

type ApiEvent = APIGatewayProxyEventV2WithJWTAuthorizer;
type ApiAnswer = APIGatewayProxyStructuredResultV2;
type ApiHandler = (event: ApiEvent) => Promise<ApiAnswer>;

/** The functions. */
export interface Backend {
  readonly webhook: LambdaHandler;
  readonly api: ApiHandler;
  readonly register: () => Promise<void>;
}

export function createBackend({ pool, webhookSecret, appUrl }: BackendOptions): Backend {
  const storage = postgresStorage({ pool });
  const enode = Enode.fromEnv({ storage, tokenStore: storage.tokenStore });
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  const receiver = new WebhookReceiver({ secret: webhookSecret });
  mirror.attach(receiver);

  const routes: Readonly<Record<string, (userId: string, event: ApiEvent) => Promise<ApiAnswer>>> =
    {
      "POST /link": async (hostUserId) => {
        const { linkUrl } = await enode.users.link(
          { hostUserId },
          {
            vendorType: "vehicle",
            scopes: ["vehicle:read:data", "vehicle:control:charging"],
            language: "en-GB",
            redirectUri: new URL("/vehicles", appUrl).href,
          },
        );
        return json(201, { linkUrl });
      },

      "GET /vehicles": async (hostUserId) => {
        const userId = await enode.users.resolve(hostUserId);
        const vehicles: CarOnScreen[] = [];
        // Who never linked has no devices, and no ID at Enode either.
        if (userId !== undefined) {
          for await (const device of mirror.devices.list({ userId, kind: "vehicle" })) {
            if (device.kind === "vehicle" && !device.partial) vehicles.push(onScreen(device.data));
          }
        }
        return json(200, { vehicles });
      },

      // Answers at once; the car itself confirms later, and then a webhook changes what `GET /vehicles` says.
      "POST /vehicles/{id}/charging": async (hostUserId, { pathParameters }) => {
        const user = enode.user({ hostUserId });
        const { id, state } = await user.vehicles.startCharging(pathParameters?.["id"] ?? "");
        return json(202, { action: id, state });
      },
    };

  return {
    webhook: lambdaHandler(receiver),
    async api(event) {
      const answer = routes[event.routeKey];
      if (answer === undefined) return json(404, { error: "There is no such route." });
      try {
        // The authorizer has verified the token. `sub` is the ID by which you know the user.
        return await answer(String(event.requestContext.authorizer.jwt.claims["sub"]), event);
      } catch (error) {
        return answerTo(error);
      }
    },
    async register() {
      const url = new URL("/webhooks/enode", appUrl).href;
      await enode.webhooks.ensure({ url, secret: webhookSecret });
    },
  };
}

/** What the app shows of a car. */
interface CarOnScreen {
  readonly id: string;
  readonly name: string;
  readonly batteryLevel: number | null;
  readonly isCharging: boolean | null;
}

function onScreen({ id, information, chargeState }: Vehicle): CarOnScreen {
  return {
    id,
    name: information.displayName ?? `${information.brand} ${information.model}`,
    batteryLevel: chargeState.batteryLevel,
    isCharging: chargeState.isCharging,
  };
}

/** What went wrong, in words for the app; nothing of it is a secret, and only unknown errors are logged. */
function answerTo(error: unknown): ApiAnswer {
  // Also when the car is somebody else's.
  if (isNotFoundError(error)) return json(404, { error: "There is no such car." });
  // A car that is not plugged in or charges already; one that a schedule controls.
  if (isBadRequestError(error) || isUnprocessableError(error))
    return json(409, { error: error.problem?.detail });
  if (isRateLimitError(error)) return { statusCode: 503, headers: { "retry-after": "10" } };
  console.error(error);
  return { statusCode: isApiError(error) ? 502 : 500 };
}

const json = (statusCode: number, body: object): ApiAnswer => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

let made: Backend | undefined;

function backend(): Backend {
  made ??= createBackend({
    // A function has one request at a time; all of them share the connections that the database allows.
    pool: new Pool({ connectionString: process.env["DATABASE_URL"], max: 2 }),
    webhookSecret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
    appUrl: process.env["APP_URL"] ?? "http://127.0.0.1:3000",
  });
  return made;
}

export const webhook: LambdaHandler = (event) => backend().webhook(event);
export const api: ApiHandler = (event) => backend().api(event);
export const register = (): Promise<void> => backend().register();
