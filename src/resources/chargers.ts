import type {
  ChargeAction,
  Charger,
  ChargerAction,
  ChargerUpdate,
  MaxCurrentAction,
  TargetMaxCurrent,
} from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Actions } from "./actions.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/** Charging stations. */
export class Chargers extends Resource {
  /** Charging commands in progress. */
  readonly actions: Actions<ChargerAction> = new Actions(
    this.api,
    "getChargerAction",
    "cancelChargerAction",
  );

  /** Lists chargers, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Charger> {
    return this.pagedByUser("listChargers", "listUserChargers", query, options);
  }

  /** Reads a charger from Enode's cache. */
  get(chargerId: string, options?: RequestOptions): ResponsePromise<Charger> {
    return this.api.request("getCharger", { path: { chargerId } }, options);
  }

  /** Puts a charger at one of its user's locations, or with `locationId: null` at none. */
  setLocation(
    chargerId: string,
    location: ChargerUpdate,
    options?: RequestOptions,
  ): ResponsePromise<Charger> {
    return this.api.request("updateCharger", { path: { chargerId }, body: location }, options);
  }

  /**
   * Starts charging. A newer command cancels one that is still pending.
   *
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold, for instance no vehicle is connected.
   * @throws UnprocessableError while a schedule controls the charger.
   */
  startCharging(chargerId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlChargerCharging",
      { path: { chargerId }, body: { action: "START" } },
      options,
    );
  }

  /** Stops charging; results and errors as with `startCharging`. */
  stopCharging(chargerId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlChargerCharging",
      { path: { chargerId }, body: { action: "STOP" } },
      options,
    );
  }

  /** Limits the current that a charger gives, in A. */
  setMaxCurrent(
    chargerId: string,
    target: TargetMaxCurrent,
    options?: RequestOptions,
  ): ResponsePromise<MaxCurrentAction> {
    return this.api.request("setChargerMaxCurrent", { path: { chargerId }, body: target }, options);
  }

  /** Asks Enode to fetch the charger's data sooner than planned; Enode guarantees nothing. */
  refresh(chargerId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshCharger", { path: { chargerId } }, options);
  }
}
