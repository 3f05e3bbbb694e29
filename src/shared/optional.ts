/** Like `Partial`, but a member may also be there and be undefined, which counts as left out. */
export type OptionalMembers<T> = { [Name in keyof T]?: T[Name] | undefined };

/** A copy without the members that are undefined, so that a spread or `Object.assign` overwrites nothing. */
export function withoutUndefined<T extends object>(members: T): T {
  // Only members that are optional can be undefined.
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as T;
}
