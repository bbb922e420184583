import { dispatch } from "./dispatch.js";
import { processIo } from "./io.js";

// Not process.exit at once: what is still on its way to a pipe is to arrive.
void dispatch(process.argv.slice(2), processIo()).then((status) => {
  process.exitCode = status;
  // When nothing is left to do: otherwise V8 would still give all of its memory back, piece by piece.
  process.once("exit", () => process.exit());
});
