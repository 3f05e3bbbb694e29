/** A sandbox with so many users of five vehicles each, in a process of its own. Says how to reach it. */
const { startSandbox } = await import("../../dist/sandbox.js");
const sandbox = await startSandbox({
  fleet: { users: Number(process.argv[2]), vehiclesPerUser: 5 },
});
const { apiUrl, tokenUrl, credentials } = sandbox;
process.send?.({ reply: JSON.stringify({ baseUrl: apiUrl, tokenUrl, ...credentials }) });
process.on("disconnect", () => process.exit());
