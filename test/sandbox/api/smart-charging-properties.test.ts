import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHookedHarness } from "../support/receiver.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const clockTime = fc
  .integer({ min: 0, max: 1440 })
  .map((minutes) =>
    [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":"),
  );

const step = fc.oneof(
  fc.record({ advance: fc.integer({ min: 1, max: 9 * HOUR }) }),
  fc.record({ update: fc.record({ isPluggedIn: fc.boolean() }) }),
  fc.record({ update: fc.record({ isCharging: fc.boolean() }) }),
  fc.record({ update: fc.record({ isReachable: fc.boolean() }) }),
  fc.record({ update: fc.record({ batteryLevel: fc.integer({ min: 0, max: 100 }) }) }),
  fc.record({ update: fc.record({ actionDelay: fc.constantFrom(0, 2_000, 5 * MINUTE) }) }),
  fc.record({ fault: fc.constantFrom("NO_RESPONSE", "FAILED_PRECONDITION", "CONFLICT") }),
  fc.record({
    policy: fc.record({
      isEnabled: fc.boolean(),
      deadline: clockTime,
      minimumChargeLimit: fc.integer({ min: 0, max: 80 }),
    }),
  }),
  fc.record({ override: fc.constantFrom("POST", "DELETE") }),
  fc.record({ command: fc.constantFrom("START", "STOP") }),
);

describe("smart charging", () => {
  it("stays sound whatever happens to the vehicle", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.boolean(),
        async (steps, isWatched) => {
          const { call, sandbox, subscribe } = createHookedHarness();
          const { id } = sandbox.devices.add("anna", "vehicle", { batteryLevel: 30 });
          const path = `/vehicles/${id}`;
          if (isWatched) await subscribe();
          for (const each of steps) {
            if ("advance" in each) sandbox.clock.advance(each.advance);
            else if ("update" in each) sandbox.devices.update(id, each.update);
            else if ("fault" in each) sandbox.faults.nextAction({ type: each.fault });
            else if ("policy" in each) {
              await call("PUT", `${path}/smart-charging-policy`, each.policy);
            } else if ("override" in each) await call(each.override, `${path}/smart-override`);
            else await call("POST", `${path}/charging`, { action: each.command });
            const { state, plan, consideration, smartOverride } = (
              await call("GET", `${path}/smart-charging-status`)
            ).body;
            const vehicle = (await call("GET", path)).body;
            expect(plan !== null).toBe(state.startsWith("PLAN:"));
            expect(consideration !== null).toBe(state === "CONSIDERING");
            if (plan !== null) {
              const isOver = state.startsWith("PLAN:ENDED:");
              expect(plan.finalState).toBe(isOver ? state : null);
              expect(plan.endedAt !== null).toBe(isOver);
              expect(plan.stopAt <= plan.startAt).toBe(true);
              expect(plan.startAt <= plan.estimatedFinishAt).toBe(true);
            }
            const { isEnabled } = vehicle.smartChargingPolicy;
            expect(isEnabled).toBe(state !== "DISABLED" && state !== "PLAN:ENDED:DISABLED");
            if (state === "PLAN:EXECUTING:STOPPED") {
              expect(vehicle.chargeState.isCharging).toBe(false);
            }
            if (state === "PLAN:EXECUTING:STARTED") {
              expect(vehicle.chargeState.isCharging).toBe(true);
            }
            if (state === "PLAN:EXECUTING:OVERRIDDEN") expect(smartOverride).not.toBeNull();
            if (smartOverride !== null) expect(smartOverride.endedAt).toBeNull();
          }
          await sandbox.deliver();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("fills the vehicle by the deadline when there is time, and never at a higher price", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batteryLevel: fc.integer({ min: 1, max: 79 }),
          batteryCapacity: fc.integer({ min: 20, max: 200 }),
          isCharging: fc.boolean(),
        }),
        clockTime,
        fc.integer({ min: 0, max: 80 }),
        async (settings, deadline, minimumChargeLimit) => {
          const { call, sandbox } = createHookedHarness();
          const { id } = sandbox.devices.add("anna", "vehicle", { ...settings, chargeLimit: 80 });
          const policy = { isEnabled: true, deadline, minimumChargeLimit };
          await call("PUT", `/vehicles/${id}/smart-charging-policy`, policy);
          const { body: plan } = await call("GET", `/vehicles/${id}/smart-charging-plans/latest`);
          expect(plan.smartCost).toBeLessThanOrEqual(plan.nonSmartCost);
          const minutes = deadline.split(":").map(Number);
          const due = ((minutes[0] ?? 0) - 8) * HOUR + (minutes[1] ?? 0) * MINUTE;
          const left = due > 0 ? due : due + 24 * HOUR;
          const power = 11;
          const needed =
            ((80 - settings.batteryLevel) / 100) * (settings.batteryCapacity / power) * HOUR;
          sandbox.clock.advance(left);
          const vehicle = (await call("GET", `/vehicles/${id}`)).body;
          if (needed + 6 * MINUTE < left) expect(vehicle.chargeState.isFullyCharged).toBe(true);
          sandbox.clock.advance(24 * HOUR);
          const status = (await call("GET", `/vehicles/${id}/smart-charging-status`)).body;
          expect(status.state).toBe("PLAN:ENDED:FINISHED");
        },
      ),
      {
        numRuns: 40,
        // Cents were rounded apart where the plan was no cheaper.
        examples: [[{ batteryLevel: 18, batteryCapacity: 125, isCharging: false }, "00:00", 36]],
      },
    );
  });
});
