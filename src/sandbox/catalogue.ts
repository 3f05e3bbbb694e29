import type {
  AssetType,
  ChargerVendor,
  Integration,
  Scope,
  VehicleVendor,
  Vendor,
  VendorHealth,
} from "../../generated/types.ts";
import type { Known } from "./known.ts";

/** The kinds of device that the sandbox simulates. */
export type DeviceKind = Extract<AssetType, "vehicle" | "charger">;

/** A vehicle model: what it is called and how many kWh its battery holds. */
export interface VehicleModel {
  readonly brand: string;
  readonly model: string;
  readonly capacity: number;
}

/** A charger model: what it is called and the most current it gives, in A on three phases. */
export interface ChargerModel {
  readonly brand: string;
  readonly model: string;
  readonly current: number;
}

const vehicle = (brand: string, model: string, capacity: number): VehicleModel => ({
  brand,
  model,
  capacity,
});
const charger = (brand: string, model: string, current: number): ChargerModel => ({
  brand,
  model,
  current,
});

// One model a vendor is enough to tell devices apart; capacities are rounded.
const VEHICLES = {
  ACURA: vehicle("Acura", "ZDX", 102),
  ALFAROMEO: vehicle("Alfa Romeo", "Junior", 51),
  ALPINE: vehicle("Alpine", "A290", 52),
  AUDI: vehicle("Audi", "Q4 e-tron", 77),
  BMW: vehicle("BMW", "i4", 81),
  BYD: vehicle("BYD", "Atto 3", 60),
  CADILLAC: vehicle("Cadillac", "Lyriq", 102),
  CHEVROLET: vehicle("Chevrolet", "Bolt EUV", 65),
  CHRYSLER: vehicle("Chrysler", "Pacifica Hybrid", 16),
  CITROEN: vehicle("Citroën", "ë-C4", 50),
  CUPRA: vehicle("Cupra", "Born", 58),
  DACIA: vehicle("Dacia", "Spring", 25),
  DODGE: vehicle("Dodge", "Charger Daytona", 94),
  DS: vehicle("DS", "DS 3 E-Tense", 51),
  FIAT: vehicle("Fiat", "500e", 37),
  FORD: vehicle("Ford", "Mustang Mach-E", 91),
  GMC: vehicle("GMC", "Hummer EV", 205),
  HONDA: vehicle("Honda", "e:Ny1", 62),
  HYUNDAI: vehicle("Hyundai", "IONIQ 5", 74),
  JAGUAR: vehicle("Jaguar", "I-Pace", 85),
  JEEP: vehicle("Jeep", "Avenger", 51),
  KIA: vehicle("Kia", "EV6", 74),
  LANCIA: vehicle("Lancia", "Ypsilon", 51),
  LANDROVER: vehicle("Land Rover", "Range Rover P440e", 32),
  LEXUS: vehicle("Lexus", "RZ 450e", 64),
  LUCID: vehicle("Lucid", "Air", 88),
  MAZDA: vehicle("Mazda", "MX-30", 30),
  MERCEDES: vehicle("Mercedes-Benz", "EQA", 67),
  MG: vehicle("MG", "MG4", 62),
  MINI: vehicle("MINI", "Cooper SE", 49),
  NIO: vehicle("NIO", "ET5", 75),
  NISSAN: vehicle("Nissan", "Leaf", 59),
  OPEL: vehicle("Opel", "Corsa Electric", 48),
  PEUGEOT: vehicle("Peugeot", "e-208", 48),
  POLESTAR: vehicle("Polestar", "2", 79),
  PORSCHE: vehicle("Porsche", "Taycan", 84),
  RAM: vehicle("Ram", "1500 REV", 92),
  RENAULT: vehicle("Renault", "Megane E-Tech", 60),
  RIVIAN: vehicle("Rivian", "R1T", 135),
  SEAT: vehicle("SEAT", "Mii electric", 32),
  SKODA: vehicle("Škoda", "Enyaq", 77),
  SUBARU: vehicle("Subaru", "Solterra", 64),
  TESLA: vehicle("Tesla", "Model 3", 60),
  TOYOTA: vehicle("Toyota", "bZ4X", 64),
  VAUXHALL: vehicle("Vauxhall", "Mokka Electric", 51),
  VOLKSWAGEN: vehicle("Volkswagen", "ID.4", 77),
  VOLVO: vehicle("Volvo", "XC40 Recharge", 66),
  XPENG: vehicle("XPENG", "G6", 80),
} as const satisfies Record<Known<VehicleVendor>, VehicleModel>;

const CHARGERS = {
  ALFEN: charger("Alfen", "Eve Single", 32),
  CHARGEAMPS: charger("Charge Amps", "Halo", 16),
  CHARGEPOINT: charger("ChargePoint", "Home Flex", 32),
  EASEE: charger("Easee", "Home", 32),
  ENELX: charger("Enel X", "JuiceBox", 32),
  EO: charger("EO", "Mini Pro", 32),
  EVBOX: charger("EVBox", "Elvi", 32),
  GARO: charger("Garo", "Entity", 32),
  GOE: charger("go-e", "Gemini", 16),
  HEIDELBERG: charger("Heidelberg", "Energy Control", 16),
  HYPERVOLT: charger("Hypervolt", "Home 3", 32),
  KEBA: charger("KEBA", "KeContact P30", 32),
  MYENERGI: charger("myenergi", "zappi", 32),
  OHME: charger("Ohme", "Home Pro", 32),
  PODPOINT: charger("Pod Point", "Solo 3", 32),
  SCHNEIDER: charger("Schneider Electric", "EVlink Home", 16),
  TESLA: charger("Tesla", "Wall Connector", 32),
  WALLBOX: charger("Wallbox", "Pulsar Plus", 32),
  ZAPTEC: charger("Zaptec", "Go", 32),
} as const satisfies Record<Known<ChargerVendor>, ChargerModel>;

// Vendors of device types that the sandbox does not simulate: link sessions may name them.
const OTHERS = {
  ADAX: true,
  AFORE: true,
  APSYSTEMS: true,
  BOSCH: true,
  CSISolar: true,
  DAIKIN: true,
  Deye: true,
  ECOBEE: true,
  ENPHASE: true,
  FOXESS: true,
  FRONIUS: true,
  FUJITSU: true,
  GIVENERGY: true,
  GOODWE: true,
  GROWATT: true,
  HONEYWELL: true,
  Hoymiles: true,
  HUAWEI: true,
  INVT: true,
  MICROMATIC: true,
  MILL: true,
  MITSUBISHI: true,
  NEST: true,
  NETATMO: true,
  NIBE: true,
  PANASONIC: true,
  RESIDEO: true,
  SENSIBO: true,
  SMA: true,
  SOFAR: true,
  SOLAREDGE: true,
  SOLARK: true,
  SOLAX: true,
  SOLIS: true,
  SOLPLANET: true,
  SUNGROW: true,
  SUNSYNK: true,
  TADO: true,
  TOSHIBA: true,
  TSUN: true,
} as const satisfies Record<
  Exclude<Known<Vendor>, keyof typeof VEHICLES | keyof typeof CHARGERS>,
  true
>;

const vehicleModels = new Map<string, VehicleModel>(Object.entries(VEHICLES));
const chargerModels = new Map<string, ChargerModel>(Object.entries(CHARGERS));

// Object.keys() forgets that the keys are known.
const vehicleVendors = Object.keys(VEHICLES) as (keyof typeof VEHICLES)[];
const chargerVendors = Object.keys(CHARGERS) as (keyof typeof CHARGERS)[];

/** Every vendor that a link session may name. */
export const vendors: readonly string[] = [
  ...new Set([...vehicleVendors, ...chargerVendors, ...Object.keys(OTHERS)]),
];

export function vehicleModel(vendor: string): VehicleModel | undefined {
  return vehicleModels.get(vendor);
}

export function chargerModel(vendor: string): ChargerModel | undefined {
  return chargerModels.get(vendor);
}

/** The kinds of device that a vendor has in the sandbox; empty for a vendor that it does not know. */
export function kindsOf(vendor: string): DeviceKind[] {
  const kinds: DeviceKind[] = [];
  if (vehicleModels.has(vendor)) kinds.push("vehicle");
  if (chargerModels.has(vendor)) kinds.push("charger");
  return kinds;
}

export const scopesOf: Readonly<Record<DeviceKind, readonly Scope[]>> = {
  vehicle: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
  charger: ["charger:read:data", "charger:control:charging"],
};

/** The answer of `/health/vehicles` or `/health/chargers`. */
export function vendorHealth(kind: DeviceKind): VendorHealth[] {
  if (kind === "vehicle")
    return vehicleVendors.map((vendor) => health(vendor, VEHICLES[vendor].brand));
  return chargerVendors.map((vendor) => health(vendor, CHARGERS[vendor].brand));
}

/** The answer of `/integrations`, confined to vendors with one of the kinds. */
export function integrations(kinds: readonly string[]): Integration[] {
  const merged = new Map<string, Integration>();
  for (const kind of ["vehicle", "charger"] as const) {
    if (!kinds.includes(kind)) continue;
    for (const entry of vendorHealth(kind)) {
      const known = merged.get(entry.vendor) ?? { ...entry, assetTypes: [], scopes: [] };
      known.assetTypes.push(kind);
      known.scopes.push(...scopesOf[kind]);
      merged.set(entry.vendor, known);
    }
  }
  return [...merged.values()];
}

function health(vendor: VendorHealth["vendor"], brand: string): VendorHealth {
  return {
    vendor,
    displayName: brand,
    portalName: `${brand} account`,
    status: "READY",
    linkingStatus: "READY",
  };
}
