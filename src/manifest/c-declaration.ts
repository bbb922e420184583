/**
 * Which of a function's C declarations is its sk_buff: the one that is called skb, else the first
 * `struct sk_buff *`. Position from 1; 0 when there is none.
 */
export function findSkbPosition(declarations: readonly string[]): number {
  const named = declarations.findIndex((text) => /\bskb\s*$/.test(text) && !isPointerToPointer(text));
  return 1 + (named >= 0 ? named : declarations.findIndex(isSkbPointer));
}

function isSkbPointer(declaration: string): boolean {
  return /\bstruct\s+sk_buff\s*\*/.test(declaration) && !isPointerToPointer(declaration);
}

function isPointerToPointer(declaration: string): boolean {
  return /\*\s*(const\s*)?\*/.test(declaration);
}
