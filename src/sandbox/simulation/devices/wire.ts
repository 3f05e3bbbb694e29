import type { DeviceTypes } from "../../../../generated/kinds.ts";

/** The types of the API, by kind. */
export type WiresByKind = { [Kind in keyof DeviceTypes]: DeviceTypes[Kind]["full"] };

/** A device of any kind, or a HEM system, as the API returns it. */
export type Wire = WiresByKind[keyof WiresByKind];

/** A device of any kind, as the API returns it. */
export type SandboxDevice = Exclude<Wire, WiresByKind["hemSystem"]>;
