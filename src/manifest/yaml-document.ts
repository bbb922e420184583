import { Composer, type Document, Lexer, type LineCounter, type ParsedNode, Parser } from "yaml";

/** A YAML document as it was read, with the errors and warnings of the YAML reader itself. */
export type YamlDocument = Document.Parsed<ParsedNode>;

/**
 * Open constructs at one point of the file. A manifest of any shape has fewer than 12; far deeper
 * nesting exhausts the stack of the yaml package, which can abort the whole process.
 */
const maxDepth = 64;

/**
 * Reads a text as YAML 1.2; `lines` learns where its lines begin. Gives all documents of the text
 * (one, if it is a manifest), or the offset where the nesting becomes too deep.
 */
export function readYaml(text: string, lines: LineCounter): YamlDocument[] | { tooDeepAt: number } {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > maxDepth) return { tooDeepAt: parser.offset };
  }
  tokens.push(...parser.end());
  // Repeated keys are found in source.ts: the package compares every key with every other.
  const composer = new Composer({ stringKeys: true, uniqueKeys: false, resolveKnownTags: false });
  return [...composer.compose(tokens, true, text.length)];
}
