#!/usr/bin/env node
import { dispatch } from "./dispatch.js";
import { processIo } from "./io.js";

// Not process.exit: what is still on its way to a pipe is to arrive.
process.exitCode = await dispatch(process.argv.slice(2), processIo());
