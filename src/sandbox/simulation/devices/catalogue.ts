import type {
  AssetType,
  BatteryVendor,
  ChargerVendor,
  HemSystemVendor,
  HvacCategory,
  HvacVendor,
  Integration,
  InverterVendor,
  MeterVendor,
  Scope,
  VehicleVendor,
  VendorHealth,
} from "../../../../generated/types.ts";
import type { Known } from "../../shared/open-enum.ts";

/** The kinds of device that the sandbox simulates. */
export type DeviceKind = Known<AssetType>;

/** What a model is called. */
export interface Named {
  readonly brand: string;
  readonly model: string;
}

/** A vehicle model, and how many kWh its battery holds. */
export interface VehicleModel extends Named {
  readonly capacity: number;
}

/** A charger model, and the most current it gives, in A on three phases. */
export interface ChargerModel extends Named {
  readonly current: number;
}

/** An HVAC model, and what it does. */
export interface HvacModel extends Named {
  readonly category: Known<HvacCategory>;
}

/** A model of a solar inverter, and its peak power, in kW. */
export interface PlantModel extends Named {
  readonly peak: number;
}

/** A model of a home battery: how many kWh it holds, and the most power it takes or gives, in kW. */
export interface StoreModel extends Named {
  readonly capacity: number;
  readonly power: number;
}

const named = (brand: string, model: string): Named => ({ brand, model });
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
const hvac = (brand: string, model: string, category: HvacModel["category"]): HvacModel => ({
  brand,
  model,
  category,
});
const plant = (brand: string, model: string, peak: number): PlantModel => ({ brand, model, peak });
const store = (brand: string, model: string, capacity: number, power: number): StoreModel => ({
  brand,
  model,
  capacity,
  power,
});

// One model for each vendor is enough to distinguish devices; capacities are rounded.
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

const HVACS = {
  ADAX: hvac("Adax", "Neo H12", "HEATING"),
  BOSCH: hvac("Bosch", "EasyControl", "AGGREGATOR"),
  DAIKIN: hvac("Daikin", "Emura", "HEAT_PUMP"),
  ECOBEE: hvac("ecobee", "Smart Thermostat", "AGGREGATOR"),
  FUJITSU: hvac("Fujitsu", "Nocria", "HEAT_PUMP"),
  HONEYWELL: hvac("Honeywell", "T6", "AGGREGATOR"),
  MICROMATIC: hvac("Micro Matic", "Smart Panel", "HEATING"),
  MILL: hvac("Mill", "Panel Heater Gen 3", "HEATING"),
  MITSUBISHI: hvac("Mitsubishi Electric", "Kirigamine", "HEAT_PUMP"),
  NEST: hvac("Nest", "Learning Thermostat", "AGGREGATOR"),
  NETATMO: hvac("Netatmo", "Smart Thermostat", "AGGREGATOR"),
  NIBE: hvac("NIBE", "S735", "HEAT_PUMP"),
  PANASONIC: hvac("Panasonic", "Etherea", "HEAT_PUMP"),
  RESIDEO: hvac("Resideo", "T9", "AGGREGATOR"),
  SENSIBO: hvac("Sensibo", "Air", "COOLING"),
  TADO: hvac("tado°", "Smart Thermostat X", "AGGREGATOR"),
  TOSHIBA: hvac("Toshiba", "Haori", "HEAT_PUMP"),
} as const satisfies Record<Known<HvacVendor>, HvacModel>;

const INVERTERS = {
  AFORE: plant("Afore", "AF6K-TH", 6),
  APSYSTEMS: plant("APsystems", "DS3", 4),
  CSISolar: plant("CSI Solar", "CSI-5K", 5),
  Deye: plant("Deye", "SUN-8K", 8),
  ENPHASE: plant("Enphase", "IQ8+", 6),
  FOXESS: plant("FoxESS", "H3-8.0", 8),
  FRONIUS: plant("Fronius", "Symo GEN24 8.0", 8),
  GIVENERGY: plant("GivEnergy", "Gen3 Hybrid 5.0", 5),
  GOODWE: plant("GoodWe", "GW8K-ET", 8),
  GROWATT: plant("Growatt", "MOD 6000TL3", 6),
  Hoymiles: plant("Hoymiles", "HMS-2000", 2),
  HUAWEI: plant("Huawei", "SUN2000-8KTL", 8),
  INVT: plant("INVT", "XG6KTL", 6),
  SMA: plant("SMA", "Sunny Tripower 8.0", 8),
  SOFAR: plant("Sofar", "HYD 6KTL", 6),
  SOLAREDGE: plant("SolarEdge", "SE8K", 8),
  SOLARK: plant("Sol-Ark", "12K", 12),
  SOLAX: plant("SolaX", "X3-Hybrid-8.0", 8),
  SOLIS: plant("Solis", "S6-EH3P8K", 8),
  SOLPLANET: plant("Solplanet", "ASW8K", 8),
  SUNGROW: plant("Sungrow", "SH8.0RT", 8),
  SUNSYNK: plant("Sunsynk", "SYNK-5K", 5),
  TESLA: plant("Tesla", "Solar Inverter", 8),
  TSUN: plant("TSUN", "TSOL-MS2000", 2),
} as const satisfies Record<Known<InverterVendor>, PlantModel>;

const BATTERIES = {
  ENPHASE: store("Enphase", "IQ Battery 10", 10, 4),
  FOXESS: store("FoxESS", "ECS4100", 8, 4),
  GIVENERGY: store("GivEnergy", "Giv-Bat 9.5", 9.5, 5),
  HUAWEI: store("Huawei", "LUNA2000-10", 10, 5),
  SMA: store("SMA", "Home Storage 9.6", 9.6, 5),
  SOLAREDGE: store("SolarEdge", "Home Battery 10", 9.7, 5),
  SOLAX: store("SolaX", "Triple Power T58", 11.5, 5),
  SOLIS: store("Solis", "RAI Battery", 10, 5),
  TESLA: store("Tesla", "Powerwall 2", 13.5, 5),
} as const satisfies Record<Known<BatteryVendor>, StoreModel>;

const METERS = {
  ENPHASE: named("Enphase", "IQ Meter"),
  FOXESS: named("FoxESS", "DTSU666"),
  GIVENERGY: named("GivEnergy", "EM115"),
  HUAWEI: named("Huawei", "DTSU666-H"),
  SMA: named("SMA", "Energy Meter 2.0"),
  SOLAREDGE: named("SolarEdge", "Energy Meter"),
  SOLAX: named("SolaX", "DTSU666-D"),
  SOLIS: named("Solis", "S3P Smart Meter"),
  TESLA: named("Tesla", "Neurio W2"),
} as const satisfies Record<Known<MeterVendor>, Named>;

/** The models of each kind, by vendor. */
interface Models extends Record<DeviceKind, ReadonlyMap<string, Named>> {
  vehicle: ReadonlyMap<string, VehicleModel>;
  charger: ReadonlyMap<string, ChargerModel>;
  hvac: ReadonlyMap<string, HvacModel>;
  inverter: ReadonlyMap<string, PlantModel>;
  battery: ReadonlyMap<string, StoreModel>;
  meter: ReadonlyMap<string, Named>;
}

const models: Models = {
  vehicle: new Map<string, VehicleModel>(Object.entries(VEHICLES)),
  charger: new Map<string, ChargerModel>(Object.entries(CHARGERS)),
  hvac: new Map<string, HvacModel>(Object.entries(HVACS)),
  inverter: new Map<string, PlantModel>(Object.entries(INVERTERS)),
  battery: new Map<string, StoreModel>(Object.entries(BATTERIES)),
  meter: new Map<string, Named>(Object.entries(METERS)),
};

/** The model that a vendor has of a kind; throws when it has none. */
export function modelOf<K extends DeviceKind>(
  kind: K,
  vendor: string,
): NonNullable<ReturnType<Models[K]["get"]>>;
export function modelOf(kind: DeviceKind, vendor: string): Named {
  const model = models[kind].get(vendor);
  if (model === undefined) throw new Error(`${vendor} has no ${kind} in the sandbox`);
  return model;
}

// The type of Object.keys() does not keep the known keys.
export const deviceKinds = Object.keys(models) as readonly DeviceKind[];

/** Every vendor that a link session may name. */
export const vendors: readonly string[] = [
  ...new Set(deviceKinds.flatMap((kind) => [...models[kind].keys()])),
];

// Enode groups the devices of these into HEM systems.
const HEM_VENDORS: Readonly<Record<Known<HemSystemVendor>, true>> = {
  ENPHASE: true,
  FOXESS: true,
  GIVENERGY: true,
  HUAWEI: true,
  SMA: true,
  SOLAREDGE: true,
  SOLAX: true,
  SOLIS: true,
  TESLA: true,
};

/** Whether the solar plants of a vendor show as HEM systems. */
export const hasHemSystems = (vendor: string): boolean => Object.hasOwn(HEM_VENDORS, vendor);

/** The kinds of device that a vendor has; empty for a vendor that the sandbox does not know. */
export function kindsOf(vendor: string): DeviceKind[] {
  return deviceKinds.filter((kind) => models[kind].has(vendor));
}

export const scopesOf: Readonly<Record<DeviceKind, readonly Scope[]>> = {
  vehicle: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
  charger: ["charger:read:data", "charger:control:charging"],
  hvac: ["hvac:read:data", "hvac:control:mode"],
  inverter: ["inverter:read:data", "inverter:read:location"],
  battery: ["battery:read:data", "battery:read:location", "battery:control:operation_mode"],
  meter: ["meter:read:data", "meter:read:location"],
};

/** The answer of `/health/vehicles` and the like. */
export function vendorHealth(kind: DeviceKind): VendorHealth[] {
  return [...models[kind]].map(([vendor, { brand }]) => health(vendor, brand));
}

/** The answer of `/integrations`, confined to vendors with one of the kinds. */
export function integrations(kinds: readonly string[]): Integration[] {
  const merged = new Map<string, Integration>();
  for (const kind of deviceKinds) {
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
