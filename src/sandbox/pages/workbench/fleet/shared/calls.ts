/** A GET of the API as text for a terminal; the shell fills in the variables. */
export function curlOf(path: string): string {
  return `curl "$ENODE_API_URL${path}" -H "Authorization: Bearer $ENODE_ACCESS_TOKEN"`;
}

/** The same read with enode-sdk. */
export function sdkOf(resource: string, id: string): string {
  return `await enode.${resource}.get(${JSON.stringify(id)});`;
}
