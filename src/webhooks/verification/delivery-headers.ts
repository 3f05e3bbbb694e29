/** The headers of a request: `Headers`, or an object by name in any case, such as those of Node. */
export type DeliveryHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | null | undefined>>;

/** The value of a header, by its name in lower case; several values are joined, as HTTP does. */
export function readHeader(
  headers: DeliveryHeaders | null | undefined,
  name: string,
): string | undefined {
  // Without a method it is a plain object.
  const plain = (headers ?? {}) as Exclude<DeliveryHeaders, Headers>;
  const value =
    typeof headers?.get === "function"
      ? headers.get(name)
      : (plain[name] ?? Object.entries(plain).find(([key]) => key.toLowerCase() === name)?.[1]);
  return value?.toString();
}
