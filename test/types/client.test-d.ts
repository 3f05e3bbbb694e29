/** Checked by `npm run types`, not run: what the types of the client allow, and what they do not. */
import {
  type ActionFailedError,
  type AssetType,
  type BatteryAction,
  type ChargeAction,
  type Enode,
  type EnodeError,
  type HostUserScope,
  type HvacAction,
  type InterimInverterStatistics,
  type InverterStatistics,
  type InverterStatisticsResult,
  isActionFailedError,
  isRateLimitError,
  type LinkSession,
  type List,
  type Location,
  type OperationId,
  type OperationInput,
  type OperationResult,
  type Page,
  type RateLimitError,
  type RequestArguments,
  type RequestOptions,
  type ResponsePromise,
  type Schedule,
  type UserScope,
  type UserSummary,
  type Vehicle,
  type VehicleAction,
  type VehiclePage,
  type Webhook,
  type WebhookTestResult,
  type WithResponse,
} from "../../src/index.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<_T extends true> = true;
/** What a method gives, promise or list as it is. */
type Given<Method extends (...args: never[]) => unknown> = ReturnType<Method>;

declare const enode: Enode;
declare const scope: UserScope;

// What is given: the named types of the description.

export type MethodsGiveNamedTypes = [
  Expect<Equal<Given<Enode["vehicles"]["get"]>, ResponsePromise<Vehicle>>>,
  Expect<Equal<Given<Enode["vehicles"]["list"]>, List<Vehicle>>>,
  Expect<Equal<Given<Enode["vehicles"]["startCharging"]>, ResponsePromise<ChargeAction>>>,
  Expect<Equal<Given<Enode["vehicles"]["refresh"]>, ResponsePromise<undefined>>>,
  Expect<Equal<Given<Enode["users"]["list"]>, List<UserSummary>>>,
  Expect<Equal<Given<Enode["users"]["link"]>, ResponsePromise<LinkSession>>>,
  Expect<Equal<Given<Enode["assets"]["relink"]>, ResponsePromise<LinkSession>>>,
  Expect<Equal<Given<Enode["locations"]["delete"]>, ResponsePromise<Location>>>,
  Expect<Equal<Given<Enode["webhooks"]["create"]>, ResponsePromise<Webhook>>>,
  Expect<Equal<Given<Enode["webhooks"]["test"]>, ResponsePromise<WebhookTestResult>>>,
  Expect<Equal<Given<Enode["service"]["isReady"]>, Promise<boolean>>>,
];

export type WaitingGivesTheActionOfTheDevice = [
  Expect<Equal<Given<Enode["vehicles"]["actions"]["wait"]>, Promise<VehicleAction>>>,
  Expect<Equal<Given<Enode["hvacs"]["actions"]["wait"]>, Promise<HvacAction>>>,
  Expect<Equal<Given<Enode["batteries"]["actions"]["cancel"]>, ResponsePromise<BatteryAction>>>,
];

export type AScopeHasTheMethodsOfTheClient = [
  Expect<Equal<UserScope["vehicles"], Enode["vehicles"]>>,
  Expect<Equal<UserScope["hemSystems"], Enode["hemSystems"]>>,
  Expect<Equal<Given<UserScope["schedules"]["create"]>, ResponsePromise<Schedule>>>,
  Expect<Equal<Given<UserScope["locations"]["list"]>, List<Location>>>,
];

export type RequestGivesWhatTheOperationDoes = [
  Expect<Equal<OperationResult<"listVehicles">, VehiclePage>>,
  Expect<Equal<OperationResult<"deleteUser">, undefined>>,
  Expect<
    Equal<OperationResult<"getInverterStatistics">, InverterStatistics | InterimInverterStatistics>
  >,
];

export async function resultsAreTyped(): Promise<void> {
  const page = await enode.request("listVehicles", { query: { pageSize: 1 } });
  const list = await enode.vehicles.list({ userId: "u", pageSize: 5 });
  const records = await enode.vehicles.list().toArray({ limit: 5 });
  const withResponse = await enode.vehicles.get("v").withResponse();
  const listWithResponse = await enode.vehicles.list().withResponse();
  for await (const vehicle of enode.vehicles.list()) vehicle satisfies Vehicle;
  for await (const each of enode.vehicles.list().pages()) each satisfies Page<Vehicle>;
  page satisfies VehiclePage;
  list satisfies Page<Vehicle>;
  records satisfies Vehicle[];
  withResponse satisfies WithResponse<Vehicle>;
  listWithResponse satisfies WithResponse<Page<Vehicle>>;
}

export type NullStaysInResults = [
  Expect<Equal<Vehicle["isReachable"], boolean | null>>,
  Expect<Equal<Page<Vehicle>["pagination"]["after"], string | null>>,
];

// What is taken.

export type InputMayBeLeftOutWhereAllOfItIsOptional = [
  Expect<
    Equal<
      RequestArguments<"listVehicles">,
      [input?: OperationInput<"listVehicles">, options?: RequestOptions]
    >
  >,
  Expect<
    Equal<
      RequestArguments<"getVehicle">,
      [input: OperationInput<"getVehicle">, options?: RequestOptions]
    >
  >,
  Expect<
    Equal<
      RequestArguments<"getServiceReadiness">,
      [input?: OperationInput<"getServiceReadiness">, options?: RequestOptions]
    >
  >,
];

export function requestTakesWhatTheOperationDoes(): void {
  void enode.request("listVehicles");
  void enode.request("listVehicles", {});
  void enode.request("getServiceReadiness", {}, { maxRetries: 0 });
  void enode.request("getVehicle", { path: { vehicleId: "v" } }, { deadline: 5_000 });
  void enode.request("getHemSystemStatistics", {
    path: { hemSystemId: "h" },
    query: { interval: "2026-03" },
  });

  // @ts-expect-error there is no such operation.
  void enode.request("listCars");
  // @ts-expect-error the operation is unlisted.
  void enode.request("getLinkResult", { body: { linkToken: "t" } });
  // @ts-expect-error the path is needed.
  void enode.request("getVehicle");
  // @ts-expect-error the path has another parameter.
  void enode.request("getVehicle", { path: { chargerId: "c" } });
  // @ts-expect-error IDs are strings.
  void enode.request("getVehicle", { path: { vehicleId: 7 } });
  // @ts-expect-error the query has no such parameter.
  void enode.request("listVehicles", { query: { limit: 5 } });
  // @ts-expect-error a page size is a number.
  void enode.request("listVehicles", { query: { pageSize: "5" } });
  // @ts-expect-error the query is needed.
  void enode.request("getHemSystemStatistics", { path: { hemSystemId: "h" } });
  // @ts-expect-error the body is needed.
  void enode.request("controlVehicleCharging", { path: { vehicleId: "v" } });
  // @ts-expect-error the operation takes no body.
  void enode.request("createVehicleSmartOverride", { path: { vehicleId: "v" }, body: {} });
  // @ts-expect-error the version header is the client's business.
  void enode.request("listVehicles", { header: { "Enode-Version": "2024-10-01" } });
  // @ts-expect-error there is no such option.
  void enode.request("listVehicles", {}, { retries: 3 });
}

export function methodsTakeWhatTheirOperationsDo(userId: string | undefined): void {
  void enode.inverters.getStatistics("i", { year: 2026, month: 3 });
  void enode.chargers.setLocation("c", { locationId: null });

  // @ts-expect-error the limit is needed.
  void enode.vehicles.list().toArray({});
  // @ts-expect-error and so are the options that hold it.
  void enode.vehicles.list().toArray();
  // @ts-expect-error a user ID that may be undefined must not become a list of all users.
  void enode.vehicles.list({ userId });
  // @ts-expect-error one page ahead at most.
  void enode.vehicles.list({}, { prefetch: 2 });
  // @ts-expect-error a month is needed.
  void enode.inverters.getStatistics("i", { year: 2026 });
  // @ts-expect-error null must be said.
  void enode.chargers.setLocation("c", {});
  // @ts-expect-error the session needs scopes, a language and an address to come back to.
  void enode.users.link("u", { vendorType: "vehicle" });
  // @ts-expect-error a list of charging sessions has no pages.
  void enode.statistics.chargingSessions("u", { type: "vehicle", startDate: "x", pageSize: 5 });
  // @ts-expect-error waiting takes a whole action or its ID.
  void enode.vehicles.actions.wait({ id: "a" });
}

export function aScopeTakesNoUser(): void {
  void scope.schedules.list({ pageSize: 5 });
  void scope.statistics.charging({ type: "vehicle", startDate: "2026-03-01T00:00:00.000Z" });

  // @ts-expect-error the scope knows its user.
  void scope.schedules.list("user-1");
  // @ts-expect-error what belongs to all users is not there.
  void scope.webhooks;
  // @ts-expect-error nor a way around the scope.
  void scope.request("listVehicles");
  // @ts-expect-error an ID of a user is no option of a scope.
  void scope.get("user-1");
}

export function aScopeByTheHostsOwnIdHasAllButTheIdAtEnode(): void {
  const host: HostUserScope = enode.user({ hostUserId: "4711" });
  host.vehicles.list() satisfies List<Vehicle>;
  void host.vehicles.startCharging("v-1");
  // @ts-expect-error it is not known before the user store was asked.
  void host.userId;
  scope.userId satisfies string;
  // @ts-expect-error an ID at Enode is a string of its own, not a field.
  void enode.user({ userId: "user-1" });
  // @ts-expect-error only the host's own users are erased: others have no link to be removed.
  void enode.users.erase({ userId: "user-1" });
}

// Enums are open, and still complete.

export const vendorOfNextYear: AssetType = "flywheel";
export type AnOpenEnumIsMoreThanAString = Expect<Equal<Equal<AssetType, string>, false>>;
export type AnOpenEnumKeepsItsKnownValues = Expect<
  Equal<Extract<AssetType, "vehicle" | "charger">, "vehicle" | "charger">
>;
export function unknownValuesReachTheDefault(action: ChargeAction): string {
  switch (action.state) {
    case "PENDING":
      return "wait";
    case "CONFIRMED":
      return "done";
    default:
      return action.state;
  }
}

// Narrowing.

export function statisticsNarrow(result: InverterStatisticsResult): Date | undefined {
  if (result.status === "interim") {
    result.statistics satisfies InterimInverterStatistics;
    return result.retryAt;
  }
  // @ts-expect-error final figures have no time to ask again.
  return result.retryAt;
}

export function guardsNarrow(error: unknown): EnodeError | undefined {
  if (isRateLimitError(error)) return error satisfies RateLimitError;
  if (isActionFailedError(error)) return error satisfies ActionFailedError;
  return undefined;
}

export type OperationsAreKnownByName = [
  Expect<Equal<Extract<OperationId, "listVehicles">, "listVehicles">>,
  Expect<Equal<Extract<OperationId, "getLinkResult">, never>>,
];
