/** The values of an open enum that the description names. */
export type Known<T> = T extends string ? (string extends T ? never : T) : never;
