/** Which words name a type in a cast. */

const TAGS = ["struct", "union", "enum"] as const;
const QUALIFIERS: ReadonlySet<string> = new Set(["const", "volatile"]);
const BASIC: ReadonlySet<string> = new Set(["unsigned", "signed", "char", "short", "int", "long", "void", "_Bool"]);
/** The kernel's usual names for integers (include/linux/types.h); other typedefs can be cast to as pointers. */
const INTEGER_TYPEDEF =
  /^(bool|size_t|ssize_t|u?int(8|16|32|64)_t|(__)?[us](8|16|32|64)|__[bl]e(16|32|64)|__wsum|__sum16)$/;

/** "struct", "union" or "enum". */
export type Tag = (typeof TAGS)[number];

/** The tag that a word is. */
export function tagOf(word: string): Tag | undefined {
  return TAGS.find((tag) => tag === word);
}

/** Whether a word says nothing of what is read. */
export function isQualifier(word: string): boolean {
  return QUALIFIERS.has(word);
}

/** Whether a word is part of the name of a basic type, as in "unsigned long". */
export function isBasic(word: string): boolean {
  return BASIC.has(word);
}

/** Whether a name alone between parentheses is a cast. */
export function isIntegerTypedef(word: string): boolean {
  return INTEGER_TYPEDEF.test(word);
}
