/** What the table of the configuration is made of: keys, sections of keys, and lists whose entries have keys. */
import type { Kind } from "./kinds.js";

/** One key with one value. */
export interface Key<T> extends Kind<T> {
  readonly is: "key";
  /** What the value is for: a sentence without its full stop. */
  readonly meaning: string;
  /** The value where nothing gives one; undefined: then it has none. */
  readonly default: T;
  /** The option of `ipftrace serve` that gives it. */
  readonly flag: string | undefined;
  /** Whether an entry of a list must have it. */
  readonly isRequired: boolean;
}

/** Keys by name. */
export interface Section<K extends Entries = Entries> {
  readonly is: "section";
  readonly keys: K;
}

/** A list whose entries have keys of their own. */
export interface List<K extends Entries = Entries> {
  readonly is: "list";
  readonly meaning: string;
  readonly keys: K;
  /** The key that a text in place of an entry gives: `- unix:/x` is `- address: unix:/x`. */
  readonly shorthand: string;
  /** The entries where nothing gives one, by the shorthand. */
  readonly default: readonly string[];
  /** The option of `ipftrace serve` that gives one entry, by the shorthand; repeatable. */
  readonly flag: string | undefined;
}

/** Rows of the table by name. */
export interface Entries {
  readonly [name: string]: Key<unknown> | Section | List;
}

/** The type of what the configuration has for a row of the table. */
type ValueOf<E> =
  E extends Key<infer T>
    ? T
    : E extends List<infer K>
      ? readonly ValuesOf<K>[]
      : E extends Section<infer K>
        ? ValuesOf<K>
        : never;

/** The same for every row of a section. */
export type ValuesOf<K> = { readonly [P in keyof K]: ValueOf<K[P]> };

/** A key that always has a value. */
export function key<T>(kind: Kind<T>, fallback: NoInfer<T>, meaning: string, flag?: string): Key<T> {
  return { ...kind, is: "key", meaning, default: fallback, flag, isRequired: false };
}

/** A key that may have no value. */
export function optional<T>(kind: Kind<T>, meaning: string, flag?: string): Key<T | undefined> {
  return { ...kind, is: "key", meaning, default: undefined, flag, isRequired: false };
}

/** A key that every entry of its list must have. */
export function required<T>(kind: Kind<T>, meaning: string): Key<T> {
  // The default is never used: an entry without the key is refused.
  return { ...kind, is: "key", meaning, default: undefined as T, flag: undefined, isRequired: true };
}

/** Keys that belong together. */
export function section<K extends Entries>(keys: K): Section<K> {
  return { is: "section", keys };
}

/** A list; `shorthand` is the key of an entry that a mere text gives. */
export function list<K extends Entries>(
  keys: K,
  shorthand: keyof K & string,
  fallback: readonly string[],
  meaning: string,
  flag?: string,
): List<K> {
  return { is: "list", meaning, keys, shorthand, default: fallback, flag };
}
