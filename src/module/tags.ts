/** What a compiled module's source says of its fields by IPFTRACE("…") (bpf/include/ipftrace_module.h). */
import type { Btf } from "../btf/btf.js";
import { declarationTags } from "../btf/types.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { CustomKind } from "../gen/ipftrace/v1/custom.js";
import { kinds } from "./kinds.js";

/** What the tags of one field, or of the struct, say together. */
export interface Tags {
  /** Not given: unspecified. */
  readonly kind: CustomKind;
  /** Name or pattern of what has the names; empty: not given. */
  readonly namesFrom: string;
  readonly unit: string;
  readonly description: string;
  /** What is wrong with them; empty: nothing. */
  readonly error: string;
}

const PREFIX = "ipftrace:";
/** A short word for what a source has often. */
const SHORT: ReadonlyMap<string, CustomKind> = new Map([["be", CustomKind.CUSTOM_KIND_BIG_ENDIAN]]);
const none: Tags = { kind: CustomKind.CUSTOM_KIND_UNSPECIFIED, namesFrom: "", unit: "", description: "", error: "" };

/** The tags of a member of a struct, or with -1 of the struct itself; others than ipftrace's are left alone. */
export function tagsOf(btf: Btf, struct: number, member: number): Tags {
  let found = none;
  for (const tag of declarationTags(btf, struct)) {
    if (tag.member === member && tag.text.startsWith(PREFIX)) found = withTag(found, tag.text.slice(PREFIX.length));
  }
  return found;
}

function withTag(tags: Tags, text: string): Tags {
  const [, word = "", , value] = /^([^=]*)(=(.*))?$/s.exec(text) ?? [];
  if (word === "unit" || word === "description") return { ...tags, [word]: value ?? "" };
  const kind = kinds.get(word) ?? SHORT.get(word);
  const isNamed = kind === CustomKind.CUSTOM_KIND_ENUM || kind === CustomKind.CUSTOM_KIND_FLAGS;
  if (kind !== undefined && (isNamed || value === undefined)) return { ...tags, kind, namesFrom: value ?? "" };
  const known = [...kinds.keys(), ...SHORT.keys(), "flags=NAME", "enum=NAME", "unit=TEXT", "description=TEXT"];
  const hint = didYouMean(word, known);
  return { ...tags, error: `has the tag ${quote(text)}, which says nothing${hint}: the tags are ${known.join(", ")}` };
}
