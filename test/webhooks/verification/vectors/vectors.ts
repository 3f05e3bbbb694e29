import vectorsJson from "./vectors.json" with { type: "json" };

/** A delivery that `make.py` signed. */
export interface Vector {
  readonly name: string;
  readonly secret: string;
  readonly signature: string;
  /** SHA-256 of the body, as hex digits. */
  readonly sha256: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

export const vectors: readonly Vector[] = vectorsJson.map(({ body, ...rest }) => {
  const bytes = Uint8Array.from(Buffer.from(body, "base64"));
  return { ...rest, bytes, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
});

/** The vector of a name. */
export function vectorOf(name: string): Vector {
  const found = vectors.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no vector "${name}".`);
  return found;
}
