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

  /**
   * Lists chargers, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const charger of enode.chargers.list({ userId: "user-1" })) console.log(charger.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Charger> {
    return this.pagedByUser("listChargers", "listUserChargers", query, options);
  }

  /**
   * Reads a charger from Enode's cache.
   *
   * @param chargerId - ID of the charger.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const charger = await enode.chargers.get("a-charger-id");
   * ```
   */
  get(chargerId: string, options?: RequestOptions): ResponsePromise<Charger> {
    return this.api.request("getCharger", { path: { chargerId } }, options);
  }

  /**
   * Puts a charger at one of its user's locations, or with `locationId: null` at none.
   *
   * @param chargerId - ID of the charger.
   * @param location - The location, or null.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const charger = await enode.chargers.setLocation("a-charger-id", { locationId: "a-location-id" });
   * ```
   */
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
   * @param chargerId - ID of the charger.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @returns The action, `PENDING`; follow it with `actions.wait(action)`.
   * @throws BadRequestError when a precondition does not hold, for instance no vehicle is connected.
   * @throws UnprocessableError while a schedule controls the charger.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.chargers.startCharging("a-charger-id");
   * ```
   */
  startCharging(chargerId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlChargerCharging",
      { path: { chargerId }, body: { action: "START" } },
      options,
    );
  }

  /**
   * Stops charging; results and errors as with `startCharging`.
   *
   * @param chargerId - ID of the charger.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.chargers.stopCharging("a-charger-id");
   * ```
   */
  stopCharging(chargerId: string, options?: RequestOptions): ResponsePromise<ChargeAction> {
    return this.api.request(
      "controlChargerCharging",
      { path: { chargerId }, body: { action: "STOP" } },
      options,
    );
  }

  /**
   * Limits the current that a charger gives, in A.
   *
   * @param chargerId - ID of the charger.
   * @param target - The current, in A.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const action = await enode.chargers.setMaxCurrent("a-charger-id", { maxCurrent: 16 });
   * ```
   */
  setMaxCurrent(
    chargerId: string,
    target: TargetMaxCurrent,
    options?: RequestOptions,
  ): ResponsePromise<MaxCurrentAction> {
    return this.api.request("setChargerMaxCurrent", { path: { chargerId }, body: target }, options);
  }

  /**
   * Asks Enode to fetch the charger's data sooner than planned; Enode guarantees nothing.
   *
   * @param chargerId - ID of the charger.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.chargers.refresh("a-charger-id");
   * ```
   */
  refresh(chargerId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshCharger", { path: { chargerId } }, options);
  }
}
