/**
 * A grammar of the original's text format, as strict as its byte-by-byte description:
 *
 *   output  = "Trace ready!\n" journey*
 *   journey = L4 TAB SRC TAB "->" TAB DST "\n" header "\n" row+ "\n"
 *   header  = blanks "Time Stamp" two-blanks "Function"
 *   row     = blanks digits two-blanks function
 *
 * Time stamps and their header are right-aligned to one column; no line ends in blanks.
 */
import assert from "node:assert/strict";

/** A journey as printed. */
export interface PrintedJourney {
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly rows: readonly { readonly timeNs: bigint; readonly function: string }[];
}

const READY = "Trace ready!\n";
const HEAD = /^(\S+)\t(\S+)\t->\t(\S+)$/;
const COLUMNS = /^( *)Time Stamp {2}Function$/;
const ROW = /^( *\d+) {2}(\S+)$/;

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
  const [, indent = ""] = match(COLUMNS, columns);
  const width = indent.length + "Time Stamp".length;
  assert.ok(rest.length > 0, `a journey without rows: ${JSON.stringify(head)}`);
  const rows = rest.map((line) => {
    const [, stamp = "", name = ""] = match(ROW, line);
    assert.equal(stamp.length, width, `time stamps are not aligned with their header: ${JSON.stringify(line)}`);
    return { timeNs: BigInt(stamp.trim()), function: name };
  });
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
