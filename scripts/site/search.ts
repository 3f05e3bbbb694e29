import type MiniSearch from "minisearch";
import type { Options, SearchOptions } from "minisearch";

// Browsers get these functions as text: they may use nothing from around them.

/**
 * The words of a text. What is written without spaces is found as a whole (`user:vehicle:updated`,
 * `/vehicles/{vehicleId}`) and by its parts.
 */
const tokenize = (text: string): string[] =>
  text.split(/\s+/u).flatMap((chunk) => {
    const whole = chunk.replace(/^[^\p{L}\p{N}/{@]+|[^\p{L}\p{N}}]+$/gu, "");
    const words = whole.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
    const parts = words.flatMap((word) => {
      const humps = word.split(/(?<=[a-z])(?=[A-Z])/u);
      return humps.length > 1 ? [word, ...humps] : [word];
    });
    return words.length > 1 || whole !== words[0] ? [whole, ...parts] : parts;
  });

/** What one most likely looks for counts more than the pages of types. */
const boostDocument = (id: string): number => {
  if (id.includes("/reference/changelog")) return 0.3;
  if (id.includes("/reference/api/")) return 0.4;
  if (id.includes("/performance") || id.includes("/compatibility")) return 0.5;
  return 1;
};

/** How the site is indexed and searched: the options of MiniSearch. */
export const search: {
  readonly options: Pick<Options, "tokenize">;
  readonly searchOptions: SearchOptions;
} = {
  options: { tokenize },
  searchOptions: {
    boost: { title: 6, titles: 2, text: 1 },
    // Not what is written with punctuation, nor short words: anything is like them.
    fuzzy: (term: string) => (/^[\p{L}\p{N}]{5,}$/u.test(term) ? 0.2 : false),
    prefix: (term: string) => term.length > 2,
    // A path or an event as a whole says more than its parts.
    boostTerm: (term: string) => (/[^\p{L}\p{N}]/u.test(term) ? 8 : 1),
    boostDocument,
  },
};

/** An index that was built with these options. */
export type SearchIndex = MiniSearch<{ title: string; titles: string[] }>;
