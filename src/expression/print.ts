/** Writes an expression's tree as text again. */
import { type BinaryOperator, binaryLevels, type Node, type TypeName } from "./syntax.js";

/** How tightly a form binds; {@link binaryLevels} are 1 and up. */
const CHOICE = 0;
const UNARY = binaryLevels.length + 1;
const POSTFIX = UNARY + 1;

/** The shortest usual text that {@link parse} reads as the same tree. */
export function print(node: Node): string {
  return printAt(node, CHOICE);
}

/** In parentheses where the form binds less tightly than its place asks for. */
function printAt(node: Node, least: number): string {
  const text = printForm(node);
  return tightness(node) < least ? `(${text})` : text;
}

function tightness(node: Node): number {
  if (node.kind === "choice") return CHOICE;
  if (node.kind === "binary") return levelOf(node.operator);
  // A point behind a number would belong to it.
  return node.kind === "unary" || node.kind === "cast" || node.kind === "number" ? UNARY : POSTFIX;
}

function levelOf(operator: BinaryOperator): number {
  return 1 + binaryLevels.findIndex((level: readonly BinaryOperator[]) => level.includes(operator));
}

function printForm(node: Node): string {
  switch (node.kind) {
    case "number":
      return (node.isDecimal || node.value === 0n ? `${node.value}` : `0x${node.value.toString(16)}`) + node.suffix;
    case "string":
      return `"${node.value.replace(/[\\"]|[^ -~]/g, escapeCharacter)}"`;
    case "name":
      return node.name;
    case "call":
      return `${node.name}(${print(node.operand)})`;
    case "member":
      return `${printAt(node.of, POSTFIX)}${node.arrow ? "->" : "."}${node.name}`;
    case "index":
      return `${printAt(node.of, POSTFIX)}[${print(node.index)}]`;
    case "cast":
      return `(${printType(node.type)})${printAt(node.of, UNARY)}`;
    case "unary":
      return printUnary(node.operator, printAt(node.of, UNARY));
    case "binary": {
      const level = levelOf(node.operator);
      return `${printAt(node.left, level)} ${node.operator} ${printAt(node.right, level + 1)}`;
    }
    case "choice":
      return `${printAt(node.condition, 1)} ? ${print(node.yes)} : ${print(node.no)}`;
  }
}

/** `- -x`: two signs side by side would be another token in C. */
function printUnary(operator: string, operand: string): string {
  return operator + (operand.startsWith(operator) ? " " : "") + operand;
}

function escapeCharacter(character: string): string {
  if (character === "\\" || character === '"') return `\\${character}`;
  const code = character.charCodeAt(0);
  return code <= 0xff ? `\\${code.toString(8).padStart(3, "0")}` : character;
}

/** The name of a type as a cast has it: "struct tcphdr *". */
function printType({ tag, name, pointers }: TypeName): string {
  return (tag === undefined ? name : `${tag} ${name}`) + (pointers > 0 ? ` ${"*".repeat(pointers)}` : "");
}
