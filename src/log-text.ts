/** A line of the log for people: `12:00:05.123 WARN refused rpc=/ipftrace.v1.TraceService/Trace why="needs the role …"`. */

/** What is shown otherwise than as `name=value`. */
interface Line {
  readonly level?: string;
  /** ISO 8601. */
  readonly time?: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
}

/** Values that need no quotes: nothing in them could end the value, the line, or change the terminal. */
const PLAIN = /^[\w./:@[\],+-]+$/;

/** One line of JSON as pino writes it, with its line feed, as text. */
export function logText(json: string): string {
  const { level = "", time = "", msg, err, ...rest } = JSON.parse(json) as Line & Record<string, unknown>;
  const words = [
    time.slice("2026-01-01T".length, -1),
    level.toUpperCase(),
    ...(msg === undefined ? [] : [escaped(msg)]),
  ];
  for (const [name, value] of Object.entries(rest)) words.push(`${name}=${valueText(value)}`);
  const trace = err?.stack ?? err?.message;
  const lines = trace === undefined ? [] : trace.split("\n").map((line) => `  ${escaped(line.trim())}`);
  return `${[words.join(" "), ...lines].join("\n")}\n`;
}

function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return PLAIN.test(text) ? text : escaped(JSON.stringify(text));
}

/** Parts of messages come from clients: they must not move the cursor, nor begin another line. */
function escaped(text: string): string {
  return text.replace(/\p{Cc}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
