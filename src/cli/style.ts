import { plain, type Style } from "../client/style.js";
import type { Io } from "./io.js";

/** ECMA-48 SGR: 1 is bold, 0 ends it. */
const coloured: Style = { heading: (text) => `\x1b[1m${text}\x1b[0m` };

/** Colours only on a terminal that has them, and never against NO_COLOR (no-color.org) or `--no-color`. */
export function chooseStyle({ out, env }: Pick<Io, "out" | "env">, noColor: boolean): Style {
  const refused = noColor || Boolean(env["NO_COLOR"]) || env["TERM"] === "dumb";
  return out.isTTY && !refused ? coloured : plain;
}
