/** Whether this is `npm run test:long`. */
export const isLong: boolean = process.env["ENODE_TEST_LONG"] === "1";

/**
 * How much of a test that is only thorough when it is long: as much as it takes in `npm run test:long`, and in
 * `npm test` as much as takes a second or two.
 *
 * @example
 * ```ts
 * const kills = long(50, 5);
 * ```
 */
export function long<T>(thorough: T, brief: T): T {
  return isLong ? thorough : brief;
}
