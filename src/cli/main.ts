import { dispatch } from "./dispatch.js";
import { processIo } from "./io.js";

// Not process.exit: what is still on its way to a pipe is to arrive.
void dispatch(process.argv.slice(2), processIo()).then((status) => {
  process.exitCode = status;
});
