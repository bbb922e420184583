/** Shows a trace: journeys on standard output, everything else on standard error. */

import { LossStage } from "../gen/ipftrace/v1/loss.js";
import { lossLine, progressLine, startLines } from "./diagnostics.js";
import type { View } from "./follow.js";
import type { Io } from "./io.js";
import type { OptionValues } from "./options.js";
import { chooseStyle } from "./style.js";

/** What the original printed once all probes were attached. */
const READY = "Trace ready!\n";

/** Moves to the start of the line, and erases it. */
const REWRITE = "\r\x1b[K";

/** A view for the options given; `write` writes to standard output. */
export function createView(values: OptionValues, io: Io, write: (text: string) => Promise<void>): View {
  const asJson = values.output === "jsonl";
  const style = chooseStyle(io, values.noColor === true);
  const say = createSpeaker(io);
  return {
    progress: (progress) => {
      if (!values.quiet) say.again(progressLine(progress));
    },
    started: async (started) => {
      if (!values.quiet) for (const line of startLines(started)) say.line(line);
      if (!asJson) await write(READY);
      else if (!values.quiet) say.line(READY.trimEnd());
    },
    journeys: (journeys) => write(journeys.map((journey) => (asJson ? journey.json() : journey.text(style))).join("")),
    ending: () => {
      if (!values.quiet) say.line("detaching; Ctrl-C again gives up");
    },
    loss: (loss) => {
      const known = loss.stages.filter(({ stage }) => stage !== LossStage.LOSS_STAGE_UNSPECIFIED);
      if (known.length > 0) say.line(lossLine({ stages: known }));
    },
  };
}

/** Writes lines; on a terminal, lines said `again` replace each other. */
function createSpeaker({ err }: Io) {
  let open = false;
  const line = (text: string) => {
    err.write(`${open ? REWRITE : ""}${text}\n`);
    open = false;
  };
  const again = (text: string) => {
    if (!err.isTTY) return line(text);
    err.write(REWRITE + text);
    open = true;
  };
  return { line, again };
}
