/** What can be chosen or changed about a device of any kind. */
export interface DeviceSettings {
  /** Whether live data and commands get through. */
  isReachable?: boolean | undefined;
  /** How long a command takes to take effect, in simulated milliseconds. */
  actionDelay?: number | undefined;
  /** What Enode can do with it, and the interventions that stand in the way. */
  capabilities?: object | undefined;
}

/** What can be chosen or changed about a device that charges a vehicle. */
export interface ChargingSettings extends DeviceSettings {
  /** Whether the cable is connected. */
  isPluggedIn?: boolean | undefined;
  /** Whether power flows; takes a connected cable and room in the battery. */
  isCharging?: boolean | undefined;
  /** Current limit, in A. */
  maxCurrent?: number | undefined;
}
