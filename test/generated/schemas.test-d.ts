/**
 * Checked by `npm run types`, not run: the zod schemas and the types are made by two renderers, and
 * here the compiler proves that they say the same about every component of the OpenAPI document.
 */
import type * as z from "zod";
import type { SchemaTypes } from "../../generated/schema-types.ts";
import type * as schemas from "../../generated/schemas.ts";

type Schemas = typeof schemas;

/**
 * A type in a form that can be compared: at every depth without index signatures, since the
 * `[key: string]: unknown` of a loose object only tells that unknown fields pass through. Beside
 * each property stands whether it may be undefined, which a mapped type would otherwise lose for
 * optional ones (`a?: T` is not `a?: T | undefined`).
 */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? {
        [Key in keyof T as string extends Key ? never : Key]: [
          Plain<T[Key]>,
          { [K in Key]: undefined } extends Pick<T, Key> ? "may be undefined" : "never undefined",
        ];
      }
    : T;

/** Identity, not mutual assignability: `{}` and `{ a?: string }` can be assigned to each other. */
type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

type Disagreeing = {
  [Name in keyof SchemaTypes]: Name extends keyof Schemas
    ? Same<z.output<Schemas[Name]>, SchemaTypes[Name]> extends true
      ? Same<z.input<Schemas[Name]>, SchemaTypes[Name]> extends true
        ? never
        : Name
      : Name
    : Name;
}[keyof SchemaTypes];

/** Compiles only when the argument is `never`; otherwise the error names the offenders. */
type None<_T extends never> = true;

export type EverySchemaAgreesWithItsType = None<Disagreeing>;
export type EverySchemaHasAType = None<Exclude<keyof Schemas, keyof SchemaTypes>>;
