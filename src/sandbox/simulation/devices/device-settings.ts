/** Settings of a device of any kind. */
export interface DeviceSettings {
  /** Whether live data and commands get through. */
  isReachable?: boolean | undefined;
  /** How long a command takes to take effect, in simulated milliseconds. */
  actionDelay?: number | undefined;
  /** Its capabilities, and the interventions that they need. */
  capabilities?: object | undefined;
}

/** Settings of a device that charges a vehicle. */
export interface ChargingSettings extends DeviceSettings {
  /** Whether the cable is connected. */
  isPluggedIn?: boolean | undefined;
  /** Whether power flows; needs a connected cable and a battery that is not full. */
  isCharging?: boolean | undefined;
  /** Current limit, in A. */
  maxCurrent?: number | undefined;
}
