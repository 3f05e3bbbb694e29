import { Controller, Get, HttpCode, Inject, Param, Post, UseFilters } from "@nestjs/common";
import { Enode, type Vehicle } from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { EnodeErrorFilter } from "./enode/enode-error.filter.js";
import { appUrl } from "./enode/settings.js";
import { SignedInUser } from "./session.js";

/** What the app shows of a car. */
interface Car {
  readonly id: string;
  readonly name: string;
  readonly batteryLevel: number | null;
  readonly isCharging: boolean | null;
}

@Controller()
@UseFilters(EnodeErrorFilter)
export class VehiclesController {
  constructor(
    @Inject(Enode) private readonly enode: Enode,
    @Inject(Mirror) private readonly mirror: Mirror,
  ) {}

  /** Send the user to `linkUrl`, Enode's Link UI. */
  @Post("link")
  async link(@SignedInUser() hostUserId: string): Promise<{ linkUrl: string }> {
    const { linkUrl } = await this.enode.users.link(
      { hostUserId },
      {
        vendorType: "vehicle",
        scopes: ["vehicle:read:data", "vehicle:control:charging"],
        language: "en-GB",
        redirectUri: appUrl("/vehicles"),
      },
    );
    return { linkUrl };
  }

  /** The cars as webhooks have told of them: costs no call. */
  @Get("vehicles")
  async list(@SignedInUser() hostUserId: string): Promise<{ vehicles: Car[] }> {
    const vehicles: Car[] = [];
    const userId = await this.enode.users.resolve(hostUserId);
    // Who never linked has no devices, and no ID at Enode either.
    if (userId === undefined) return { vehicles };
    for await (const device of this.mirror.devices.list({ userId, kind: "vehicle" })) {
      if (device.kind === "vehicle" && !device.partial) vehicles.push(toCar(device.data));
    }
    return { vehicles };
  }

  /** Answers at once; the car itself confirms later, and then a webhook changes what `GET /vehicles` says. */
  @Post("vehicles/:id/charging")
  @HttpCode(202)
  async charge(@SignedInUser() hostUserId: string, @Param("id") vehicleId: string) {
    const user = this.enode.user({ hostUserId });
    const { id, state } = await user.vehicles.startCharging(vehicleId);
    return { action: id, state };
  }
}

function toCar({ id, information, chargeState }: Vehicle): Car {
  return {
    id,
    name: information.displayName ?? `${information.brand} ${information.model}`,
    batteryLevel: chargeState.batteryLevel,
    isCharging: chargeState.isCharging,
  };
}
