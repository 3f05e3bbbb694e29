import type {
  LinkColorScheme,
  LinkLanguage,
  LinkSessionRequest,
  RelinkSessionRequest,
  Scope,
} from "../../../../generated/types.ts";
import { checkBody, oneOf, optional, type Rule } from "../../http/body-validation.ts";
import type { Handlers } from "../../http/handler.ts";
import { badRequest, forbidden } from "../../http/problems.ts";
import { ok } from "../../http/responses.ts";
import type { Known } from "../../shared/open-enum.ts";
import { vendors } from "../../simulation/devices/catalogue.ts";
import type { World } from "../../simulation/world/world.ts";
import type { LinkSessions, Presentation } from "./link-sessions.ts";

/** The operations that open Link UI. */
export function linkHandlers(
  world: World,
  links: LinkSessions,
): Handlers<"createLinkSession" | "relinkAsset"> {
  return {
    async createLinkSession(request) {
      const input = checkBody<LinkSessionRequest>(await request.body(), {
        vendor: optional(oneOf(vendors)),
        vendorType: optional(oneOf(assetTypes)),
        scopes,
        ...presentation,
      });
      const types = [...new Set(input.scopes.map(typeOf))];
      if (input.vendorType !== undefined && !types.includes(input.vendorType)) {
        const message = `must hold ${input.vendorType}:read:data for this vendorType`;
        throw badRequest(`The request is not valid: scopes ${message}`, [
          { path: "scopes", message },
        ]);
      }
      const { devices, connectionLimit } = world;
      if (devices.size >= connectionLimit) {
        const detail = `This client has used up its ${connectionLimit} connections`;
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
      const input = checkBody<RelinkSessionRequest>(await request.body(), presentation);
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

const LANGUAGES: Record<Known<LinkLanguage>, true> = {
  browser: true,
  "da-DK": true,
  "de-DE": true,
  "en-GB": true,
  "en-US": true,
  "es-ES": true,
  "fi-FI": true,
  "fr-FR": true,
  "it-IT": true,
  "ja-JP": true,
  "lt-LT": true,
  "lv-LV": true,
  "nb-NO": true,
  "nl-BE": true,
  "nl-NL": true,
  "pl-PL": true,
  "pt-PT": true,
  "ro-RO": true,
  "sv-SE": true,
};

const SCOPES: Record<Known<Scope>, true> = {
  "battery:control:operation_mode": true,
  "battery:read:data": true,
  "battery:read:location": true,
  "charger:control:charging": true,
  "charger:read:data": true,
  "hvac:control:mode": true,
  "hvac:read:data": true,
  "inverter:read:data": true,
  "inverter:read:location": true,
  "meter:read:data": true,
  "meter:read:location": true,
  "vehicle:control:charging": true,
  "vehicle:read:data": true,
  "vehicle:read:location": true,
};

const COLOR_SCHEMES: Record<LinkColorScheme, true> = { dark: true, light: true, system: true };

const typeOf = (scope: string) => scope.slice(0, scope.indexOf(":"));
const assetTypes = [...new Set(Object.keys(SCOPES).map(typeOf))];

const redirectUri: Rule = (value) => {
  if (typeof value !== "string" || !URL.canParse(value)) return "must be a URL";
  if (value.length > 500) return "must have 500 characters at most";
  return value.startsWith("about:") ? "must be an address of your own" : null;
};

const scopes: Rule = (value) => {
  if (!Array.isArray(value) || value.length === 0) return "must list at least one scope";
  const isScope = oneOf(Object.keys(SCOPES));
  const unknown = value.find((scope) => isScope(scope) !== null);
  if (unknown !== undefined) return `has the unknown scope ${JSON.stringify(unknown)}`;
  const bare = value.find((scope) => !value.includes(`${typeOf(scope)}:read:data`));
  return bare === undefined ? null : `must hold ${typeOf(bare)}:read:data next to ${bare}`;
};

const presentationOf = ({ language, colorScheme, redirectUri }: Presentation): Presentation => ({
  language,
  redirectUri,
  ...(colorScheme !== undefined && { colorScheme }),
});

const presentation = {
  language: oneOf(Object.keys(LANGUAGES)),
  redirectUri,
  colorScheme: optional(oneOf(Object.keys(COLOR_SCHEMES))),
};
