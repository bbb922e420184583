#!/usr/bin/env node
/** ipftraced: `ipftrace serve` under the name that a daemon has. */
import { dispatch } from "./dispatch.js";
import { processIo } from "./io.js";

process.exitCode = await dispatch(["serve", ...process.argv.slice(2)], processIo());
