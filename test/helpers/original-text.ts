/**
 * A grammar of the original's text format, as strict as its byte-by-byte description:
 *
 *   output  = "Trace ready!\n" journey*
 *   journey = L4 TAB SRC TAB "->" TAB DST "\n" header "\n" row+ "\n"
 *   header  = blanks "Time Stamp" two-blanks "Function"
 *   row     = blanks digits two-blanks function
 *
 * and, which the original did not have, in a journey whose flow changes under way:
 *
 *   header  = blanks "Time Stamp" two-blanks "Function" blanks "Changed Flow"
 *   row     = blanks digits two-blanks function [blanks L4 " " SRC " -> " DST]
 *
 * Time stamps and their header are right-aligned to one column; no line ends in blanks.
 */
import assert from "node:assert/strict";

/** A journey as printed. */
export interface PrintedJourney {
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  /** `changed` is the flow that a row's packet changed to; empty when it did not. */
  readonly rows: readonly { readonly timeNs: bigint; readonly function: string; readonly changed: string }[];
}

const READY = "Trace ready!\n";
const HEAD = /^(\S+)\t(\S+)\t->\t(\S+)$/;
const COLUMNS = /^( *)Time Stamp {2}Function( {2,}Changed Flow)?$/;
const ROW = /^( *\d+) {2}(\S+?)(?: {2,}(\S+ \S+ -> \S+))?$/;

/** Parses the whole output; fails, naming the line, where it is not exactly the format. */
export function parseOriginalText(text: string): PrintedJourney[] {
  assert.ok(
    text.startsWith(READY),
    `does not begin with ${JSON.stringify(READY)}: ${JSON.stringify(text.slice(0, 80))}`,
  );
  const body = text.slice(READY.length);
  assert.ok(body === "" || body.endsWith("\n\n"), "the last journey is not followed by an empty line");
  const blocks = body === "" ? [] : body.slice(0, -2).split("\n\n");
  return blocks.map((block) => parseJourney(block.split("\n")));
}

function parseJourney(lines: readonly string[]): PrintedJourney {
  const [head = "", columns = "", ...rest] = lines;
  const [, protocol = "", source = "", destination = ""] = match(HEAD, head);
  const [, indent = "", changes] = match(COLUMNS, columns);
  const width = indent.length + "Time Stamp".length;
  assert.ok(rest.length > 0, `a journey without rows: ${JSON.stringify(head)}`);
  const rows = rest.map((line) => {
    const [, stamp = "", name = "", changed = ""] = match(ROW, line);
    assert.ok(changed === "" || changes !== undefined, `a column without a header: ${JSON.stringify(line)}`);
    assert.equal(stamp.length, width, `time stamps are not aligned with their header: ${JSON.stringify(line)}`);
    return { timeNs: BigInt(stamp.trim()), function: name, changed };
  });
  assert.equal(
    changes !== undefined,
    rows.some(({ changed }) => changed !== ""),
    `a header without a column: ${head}`,
  );
  for (const [i, { timeNs }] of rows.entries()) {
    assert.ok(i === 0 || timeNs >= (rows[i - 1]?.timeNs ?? 0n), `rows are not in order of time: ${head}`);
  }
  return { protocol, source, destination, rows };
}

function match(pattern: RegExp, line: string): RegExpExecArray {
  const found = pattern.exec(line);
  assert.ok(found !== null, `${JSON.stringify(line)} does not match ${pattern}`);
  return found;
}
