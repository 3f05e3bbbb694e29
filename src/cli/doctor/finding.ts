/** What was found about one thing. */
export interface Finding {
  readonly state: "ok" | "warn" | "fail";
  /** What was looked at, such as `token`. */
  readonly check: string;
  readonly text: string;
  /** What to do about it; undefined when it is as it should be. */
  readonly todo?: string;
}

export function ok(check: string, text: string): Finding {
  return { state: "ok", check, text };
}

export function warn(check: string, text: string, todo: string): Finding {
  return { state: "warn", check, text, todo };
}

export function fail(check: string, text: string, todo: string): Finding {
  return { state: "fail", check, text, todo };
}
