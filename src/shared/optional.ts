/** Like `Partial`, but a member may also be present and undefined, which counts as left out. */
export type OptionalMembers<T> = { [Name in keyof T]?: T[Name] | undefined };

/** The same members, none of which is undefined. */
export type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** A copy without the members that are undefined, so that a spread or `Object.assign` overwrites nothing. */
export function withoutUndefined<T extends object>(members: T): Defined<T> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  // Object.fromEntries() loses the types of the members.
  return Object.fromEntries(given) as Defined<T>;
}
