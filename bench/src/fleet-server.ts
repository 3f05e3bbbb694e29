/** What the answers of the sandbox are to be held back by, in ms. */
export interface DelayCommand {
  delay: number;
}

/** A sandbox with so many users of five vehicles each, in a process of its own. Says how to reach it. */
const { startSandbox } = await import("../../dist/sandbox.js");
const fleet = { users: Number(process.argv[2]), vehiclesPerUser: 5 };
const { apiUrl, tokenUrl, credentials, faults } = await startSandbox({ fleet });

process.on("message", (command) => {
  // Nothing else is sent.
  const { delay } = command as DelayCommand;
  faults.clear();
  if (delay > 0) faults.next({ operation: "listVehicles", delay, times: 1_000_000 });
  process.send?.({ reply: "done" });
});
process.on("disconnect", () => process.exit());
process.send?.({ reply: JSON.stringify({ baseUrl: apiUrl, tokenUrl, ...credentials }) });
