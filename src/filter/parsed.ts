/** What a parser of user text gives: the value, or in words what is wrong with the text. */
export type Parsed<T> = { readonly value: T } | { readonly error: string };
