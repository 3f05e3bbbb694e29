import { type OperationField, operationForms } from "../../../../../generated/operation-forms.ts";
import { type OperationId, operations } from "../../../../../generated/operations.ts";
import type { PagesContext } from "../../shared/context.ts";
import type { Command } from "../shared/tab.ts";

/** What a form for an operation holds: the values of its parameters, and the body. */
export interface Call {
  readonly operation: OperationId;
  readonly values: ReadonlyMap<string, string>;
  readonly body: string | null;
}

export function isOperation(text: string | null): text is OperationId {
  return text !== null && Object.hasOwn(operations, text);
}

/** The name of the form's field for a parameter. */
export function fieldName({ in: place, name }: OperationField): string {
  return `${place}.${name}`;
}

/** The path and query of a call. */
export function addressOf({ operation, values }: Call): string {
  const { fields } = operationForms[operation];
  const path = operations[operation].path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values.get(`path.${name}`) ?? ""),
  );
  const query = new URLSearchParams();
  for (const field of fields) {
    const value = values.get(fieldName(field)) ?? "";
    if (field.in === "query" && value !== "") query.set(field.name, value);
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The commands of the form: it calls the API as a program would. */
export class TryIt {
  readonly #context: PagesContext;
  /** The last calls by the numbers of their requests, for the forms that show them. */
  readonly #calls = new Map<number, Call>();

  constructor(context: PagesContext) {
    this.#context = context;
  }

  readonly commands: Readonly<Record<string, Command>> = {
    try: async (form) => {
      const operation = form.get("operation");
      if (!isOperation(operation)) return undefined;
      const call = callOf(operation, form);
      const missing = operationForms[operation].fields.find(
        (field) => field.in === "path" && !call.values.get(fieldName(field)),
      );
      if (missing !== undefined)
        return { message: `Fill in ${missing.name} first.`, isFailure: true };
      const { method } = operations[operation];
      const { number, response, failure } = await this.#context.caller.call(
        method,
        addressOf(call),
        call.body,
      );
      // Nobody reads it here: the recording has it.
      response?.body?.cancel().catch(() => {});
      this.#keep(number, call);
      const query = { tab: "connect", operation, sent: String(number) };
      if (response === null) {
        const message = `${operation} got no answer: ${failure ?? "the connection broke"}.`;
        return { message, isFailure: true, query };
      }
      const { status } = response;
      const message = `${operation} was answered with ${status}.`;
      return { message, isFailure: status >= 400, query };
    },
  };

  /** The call that was sent from here as this request. */
  callOf(number: number): Call | undefined {
    return this.#calls.get(number);
  }

  #keep(number: number, call: Call): void {
    this.#calls.set(number, call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MOST_CALLS && oldest !== undefined) this.#calls.delete(oldest);
  }
}

const MOST_CALLS = 100;

function callOf(operation: OperationId, form: URLSearchParams): Call {
  const names = operationForms[operation].fields.map(fieldName);
  return {
    operation,
    values: new Map(names.map((name) => [name, form.get(name)?.trim() ?? ""])),
    // It goes as it is, also when it is no JSON: what the API answers then is worth a try.
    body: operations[operation].body === true ? (form.get("body") ?? "") : null,
  };
}
