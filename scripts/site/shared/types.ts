import { globSync } from "node:fs";
import { basename } from "node:path";
import { code } from "./markdown.ts";

/** Finds the page of a type. */
export class TypePages {
  readonly #paths: ReadonlyMap<string, string>;

  /** Reads which pages TypeDoc wrote for the main entry, into a folder of the site. */
  constructor(docs: string, folder: string) {
    const files = globSync(`${folder}/enode-sdk/{classes,interfaces,type-aliases,functions}/*.md`, {
      cwd: docs,
    });
    this.#paths = new Map(files.map((file) => [basename(file, ".md"), `/${file}`]));
  }

  /** A type as it is declared, with links to the types in it. */
  link(type: string): string {
    return type
      .split(/([A-Za-z_]\w*)/)
      .map((part) => {
        const path = this.#paths.get(part);
        return path === undefined ? code(part) : `[${code(part)}](${path})`;
      })
      .join("")
      .replaceAll("``", "");
  }
}
