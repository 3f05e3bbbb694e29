import {
  strictLinkSessionRequest,
  strictRelinkSessionRequest,
} from "../../../../generated/request-schemas.ts";
import type { Scope } from "../../../../generated/types.ts";
import { checkBody, invalid, type Rule } from "../../http/body-validation.ts";
import type { Handlers } from "../../http/handler.ts";
import { badRequest, forbidden } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import type { World } from "../../simulation/world/world.ts";
import type { LinkSessions, Presentation } from "./link-sessions.ts";

/** The operations that open Link UI. */
export function linkHandlers(
  world: World,
  links: LinkSessions,
  clientId: string,
): Handlers<"createLinkSession" | "relinkAsset"> {
  return {
    async createLinkSession(request) {
      const input = checkBody(await request.body(), strictLinkSessionRequest, {
        rules: { scopes, redirectUri },
      });
      const types = [...new Set(input.scopes.map(typeOf))];
      if (input.vendorType !== undefined && !types.includes(input.vendorType)) {
        throw invalid("scopes", `must hold ${input.vendorType}:read:data for this vendorType`);
      }
      const { devices, connectionLimit } = world;
      if (devices.size >= connectionLimit) {
        const detail = `The client ${clientId} has used up its ${connectionLimit} connections`;
        throw forbidden(detail, "Connections limit reached.");
      }
      const userId = request.parameter("userId");
      world.ensureUser(userId);
      const session = links.open({
        userId,
        presentation: presentationOf(input),
        vendor: input.vendor,
        kinds: input.vendorType === undefined ? types : [input.vendorType],
        scopes: input.scopes,
        assetId: undefined,
      });
      return ok(session);
    },
    async relinkAsset(request) {
      const input = checkBody(await request.body(), strictRelinkSessionRequest, {
        rules: { redirectUri },
      });
      const device = world.devices.get(request.parameter("assetId"));
      if (device === undefined) throw badRequest("There is no device with this ID");
      const capabilities = device.capabilities();
      const needsHelp = capabilities.some(({ interventionIds }) => interventionIds.length > 0);
      if (device.account.isValid && !needsHelp) throw badRequest("This device is linked already");
      const session = links.open({
        userId: device.wire.userId,
        presentation: presentationOf(input),
        vendor: device.account.vendor,
        kinds: [...device.account.kinds],
        scopes: undefined,
        assetId: device.wire.id,
      });
      return ok(session);
    },
  };
}

const typeOf = (scope: string) => scope.slice(0, scope.indexOf(":"));

const redirectUri: Rule<string> = (value) =>
  value.startsWith("about:") ? "must be an address of your own" : null;

const scopes: Rule<Scope[]> = (value) => {
  const bare = value.find((scope) => !value.includes(`${typeOf(scope)}:read:data`));
  return bare === undefined ? null : `must hold ${typeOf(bare)}:read:data next to ${bare}`;
};

const presentationOf = ({ language, colorScheme, redirectUri }: Presentation): Presentation => ({
  language,
  redirectUri,
  ...(colorScheme !== undefined && { colorScheme }),
});
