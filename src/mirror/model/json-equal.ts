/** Whether two JSON texts are equal, in any order of their members. Text that is not JSON equals nothing. */
export function isSameJson(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  if (one === null || other === null) return false;
  try {
    return isSame(JSON.parse(one), JSON.parse(other));
  } catch {
    return false;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const mine = Object.entries(one);
  if (mine.length !== Object.keys(other).length) return false;
  return mine.every(
    ([name, value]) => Object.hasOwn(other, name) && isSame(value, Reflect.get(other, name)),
  );
}
