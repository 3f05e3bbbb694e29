import type { DeviceKind } from "../../../../simulation/devices/catalogue.ts";
import type { SettingsByKind } from "../../../../simulation/devices/device-input.ts";
import type { AnyDevice } from "../../../../simulation/devices/registry.ts";
import type { PagesContext } from "../../../shared/context.ts";
import type { Command, Outcome } from "../../shared/tab.ts";
import { nameOf } from "../shared/device-view.ts";
import { attempt, GONE } from "../shared/outcomes.ts";
import { settingFields, settingsIn } from "../shared/settings.ts";
import { FAILURES } from "./fail-next.ts";

/** The commands of the page of a device. */
export function deviceCommands(context: PagesContext): Readonly<Record<string, Command>> {
  const { world, sandbox } = context;
  /** A command on the device that the form names. */
  const onDevice =
    (
      run: (device: AnyDevice, name: string, form: URLSearchParams) => Outcome | undefined,
    ): Command =>
    (form) => {
      const device = world.devices.get(form.get("device") ?? "");
      if (device === undefined) return GONE;
      return run(device, `${nameOf(device.wire)} of ${device.wire.userId}`, form);
    };
  return {
    "edit-device": onDevice((device, name, form) =>
      attempt(() => edit(context, device, name, form)),
    ),
    "remove-device": onDevice(({ wire }, name) => {
      sandbox.devices.remove(wire.id);
      return { message: `${name} was removed.`, query: { device: null } };
    }),
    "fail-next-action": onDevice(({ wire }, name, form) => {
      const type = FAILURES.find((each) => each === form.get("type"));
      if (type === undefined) return undefined;
      sandbox.faults.nextAction({ type, deviceId: wire.id });
      return { message: `The next action of ${name} ends with ${type}.` };
    }),
  };
}

function edit(
  { world, act, sandbox, services }: PagesContext,
  device: AnyDevice,
  name: string,
  form: URLSearchParams,
): Outcome {
  const { id, userId } = device.wire;
  const changes = settingsIn(form, settingFields[device.kind]);
  const place = form.get("locationId") ?? "";
  const changed = [...Object.keys(changes), ...(place === "" ? [] : ["location"])];
  if (changed.length === 0) return { message: `Nothing was changed: all fields are empty.` };
  const locationId = place === "none" ? null : place;
  if (place !== "") services.locations.checkAssignable(locationId, userId);
  // They are checked there.
  sandbox.devices.update(id, changes as SettingsByKind[DeviceKind]);
  if (place !== "" && "place" in device) act(() => device.place(locationId, world.now()));
  return { message: `${name} was changed: ${changed.join(", ")}.` };
}
