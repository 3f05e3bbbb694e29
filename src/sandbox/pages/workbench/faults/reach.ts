import { operations } from "../../../../../generated/operations.ts";
import type { Fault } from "../../../faults/fault.ts";
import { type Html, html } from "../../shared/html.ts";

/** Which requests a fault strikes, and how often. */
export interface Reach extends Pick<Fault, "operation" | "times" | "bursts"> {}

type Operation = NonNullable<Fault["operation"]>;

/** Shares of the requests or deliveries, as the values of a choice. */
const SHARES = [
  ["1/1", "every one"],
  ["1/2", "every second one"],
  ["1/4", "one of four"],
  ["1/10", "one of ten"],
] as const;

/** Reads the fields of `reachFields`; undefined when one is invalid. */
export function reachOf(form: URLSearchParams): Reach | undefined {
  const operation = form.get("operation") ?? "";
  const times = form.get("times") ?? "";
  const share = form.get("share") ?? "";
  const [of, every] = share.split("/").map(Number);
  if (operation !== "" && !isOperation(operation)) return undefined;
  if (times !== "" && !isCount(Number(times))) return undefined;
  if (share !== "" && !SHARES.some(([value]) => value === share)) return undefined;
  return {
    ...(operation !== "" && { operation }),
    ...(times !== "" && { times: Number(times) }),
    ...(share !== "" && of !== undefined && every !== undefined && { bursts: { of, every } }),
  };
}

/** The fields by which one chooses a reach. */
export function reachFields({ operation, times, bursts }: Reach, prefix: string): Html {
  const share = bursts === undefined ? "" : `${bursts.of}/${bursts.every}`;
  return html`<p class="field"><label for="${prefix}-operation">Only requests of</label>
<select id="${prefix}-operation" name="operation">${option("", "any operation", operation ?? "")}${option("token", "token", operation ?? "")}
${Object.keys(operations).map((id) => option(id, id, operation ?? ""))}</select></p>
<p class="field"><label for="${prefix}-share">Strikes</label>
<select id="${prefix}-share" name="share">${option("", "as described", share)}${SHARES.map(([value, words]) => option(value, words, share))}</select></p>
<p class="field"><label for="${prefix}-times">At most (times)</label>
<input id="${prefix}-times" name="times" type="number" min="1" max="1000000" step="1" value="${times ?? ""}" placeholder="no limit"></p>`;
}

/** A reach in words; empty for that of every fault. */
export function reachWords({ operation, times, bursts }: Reach): string {
  const parts = [
    operation !== undefined && `Only ${operation}.`,
    bursts !== undefined && `${bursts.of} of ${bursts.every}.`,
    times !== undefined && `At most ${times === 1 ? "once" : `${times} times`}.`,
  ];
  return parts.filter((part) => part !== false).join(" ");
}

function option(value: string, words: string, chosen: string): Html {
  return html`<option value="${value}"${value === chosen && html` selected`}>${words}</option>`;
}

export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 1_000_000;
}

function isOperation(text: string): text is Operation {
  return text === "token" || Object.hasOwn(operations, text);
}
