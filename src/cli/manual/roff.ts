/** The few requests of man(7) that the manual pages are made of. */

/** Text as it is to be seen: nothing in it is a request or an escape. */
export function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq");
}

export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** A word in whose place the user writes another. */
export function placeholder(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** The first line: name, section and source. It has no date, because the page says the same whenever it is made. */
export function title(name: string, section: number, source: string): string {
  return `.TH ${name.toUpperCase()} ${section} "" "${escaped(source)}" "ipftrace"`;
}

export function section(heading: string, ...lines: readonly string[]): string[] {
  return [`.SH ${heading}`, ...lines];
}

export function subsection(heading: string, ...lines: readonly string[]): string[] {
  return [`.SS ${heading}`, ...lines];
}

/** A term, and what it means, indented below it; `text` is escaped already. */
export function entry(term: string, text: string): string[] {
  return [".TP", term, text];
}

/** Paragraphs of plain text, after a line of text. */
export function paragraphs(...texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => (index === 0 ? [escaped(text)] : [".PP", escaped(text)]));
}

/** A command, as the user types it. */
export function example(what: string, command: string): string[] {
  return [".TP", escaped(what), ".EX", escaped(command), ".EE"];
}
