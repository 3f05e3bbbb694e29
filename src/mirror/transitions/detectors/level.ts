import { type Content, type Detector, hasReached, numberOrNull, partOf } from "./detector.ts";

/** Bounds of a battery level, in %. */
export interface LevelBounds {
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly hysteresis: number;
}

/** Whether a battery level has reached its bounds. */
export function levelDetector(
  kind: "vehicle" | "battery",
  { above, below, hysteresis }: LevelBounds,
): Detector {
  return {
    key: `${kind}:level ${JSON.stringify([above, below, hysteresis])}`,
    names: [`${kind}:level-crossed`],
    kinds: [kind],
    read(content, before) {
      const level = levelOf(content);
      const reached = (subject: string, distance: number) =>
        level === null ? null : hasReached(distance, hysteresis, before(subject));
      return {
        ...(above !== undefined && {
          [`up ${above}`]: reached(`up ${above}`, Number(level) - above),
        }),
        ...(below !== undefined && {
          [`down ${below}`]: reached(`down ${below}`, below - Number(level)),
        }),
      };
    },
    changes(_, after, content, subject) {
      if (after !== true) return [];
      const [direction, bound] = subject.split(" ");
      const details = { direction, bound: Number(bound), level: levelOf(content) };
      return [{ name: `${kind}:level-crossed`, details }];
    },
    timeOf: (content) => partOf(content, "chargeState")["lastUpdated"],
  };
}

function levelOf(content: Content): number | null {
  return numberOrNull(partOf(content, "chargeState")["batteryLevel"]);
}
