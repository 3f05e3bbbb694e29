/** Whether an address names this machine for itself only. Another spelling of it asks for the token too. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
